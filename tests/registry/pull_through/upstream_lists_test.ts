// Lists of a route are upstream's: asked as tags are, and never made of what happens to be here.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Upstream } from "../../../registry/pull_through/source.ts";
import { RegistryError, type RegistryErrorCode } from "../../../registry/registry_error.ts";
import { list, pushImage } from "../conformance/specimens.ts";
import { CacheBench, here, there } from "./cache_bench.ts";
import type { Manner } from "./upstream_double.ts";

const away: Manner = { kind: "fails", error: new RegistryError("UNAVAILABLE", "Cannot connect") };

/** Mirror and registry have an image of another tag each, and the image of the registry is in the store. */
async function openBench(): Promise<CacheBench> {
  const bench = new CacheBench();
  bench.upstreams = [bench.mirror, bench.origin];
  await pushImage(bench.mirror.content, there, ["of-mirror"]);
  const image = await bench.image(["of-origin"]);
  await bench.cache.getManifest(here, image.descriptor.digest);
  bench.mirror.calls.length = bench.origin.calls.length = 0;
  return bench;
}

test("a list is the registry's own, and no mirror is asked, which may have a part of it", async () => {
  const bench = await openBench();
  assert.deepEqual(await list(bench.cache.listTags(here)), ["of-origin"]);
  assert.deepEqual(bench.mirror.calls, []);
});

test("a source that serves no tags is not asked for lists", async () => {
  const bench = await openBench();
  const blobsOnly: Upstream = { name: "mirror", registry: bench.mirror.registry, serves: ["blobs"] };
  bench.upstreams = [blobsOnly as typeof bench.mirror, bench.origin];
  bench.origin.manner = away;
  await assert.rejects(list(bench.cache.listTags(here)), { code: "UNAVAILABLE" });
  assert.deepEqual(bench.mirror.calls, []);
});

test("the next source is asked for a list when one fails, which is left alone then", async () => {
  const bench = await openBench();
  bench.origin.manner = away;
  assert.deepEqual(await list(bench.cache.listTags(here)), ["of-mirror"]);
  assert.deepEqual(await list(bench.cache.listTags(here)), ["of-mirror"]);
  assert.deepEqual(bench.origin.calls, ["listTags"]);
});

test("the next source is asked for a list when one hangs", async () => {
  const bench = await openBench();
  bench.origin.manner = { kind: "hangs" };
  const tags = list(bench.cache.listTags(here));
  await bench.time.scheduled(2000);
  bench.time.advance(2000);
  assert.deepEqual(await tags, ["of-mirror"]);
});

test("the next source is asked for a list that breaks off in the middle", async () => {
  const bench = await openBench();
  const breaking: Upstream = {
    name: "origin",
    registry: {
      ...bench.origin.registry,
      async *listTags() {
        yield "of-origin";
        throw new RegistryError("UNAVAILABLE", "Cannot read the next page");
      },
    },
  };
  bench.upstreams = [bench.mirror, breaking as typeof bench.origin];
  assert.deepEqual(await list(bench.cache.listTags(here)), ["of-mirror"]);
});

test("a part of a list is asked for no further than it is wanted", async () => {
  const bench = await openBench();
  let read = 0;
  const endless: Upstream = {
    name: "mirror",
    registry: {
      ...bench.mirror.registry,
      async *listTags() {
        for (;;) yield `v${read++}`;
      },
    },
  };
  bench.upstreams = [endless as typeof bench.mirror];
  const tags: string[] = [];
  for await (const tag of bench.cache.listTags(here, { pageSize: 3 })) {
    tags.push(tag);
    if (tags.length === 5) break;
  }
  assert.deepEqual(tags, ["v0", "v1", "v2", "v3", "v4"]);
  assert.equal(read, 5);
});

for (const [what, code, expected] of [
  ["is away", "UNAVAILABLE", "UNAVAILABLE"],
  ["asks for patience", "TOOMANYREQUESTS", "TOOMANYREQUESTS"],
  ["asks for a login", "UNAUTHORIZED", "DENIED"],
  ["fails by itself", "UNKNOWN", "UNKNOWN"],
  ["does not have it", "NAME_UNKNOWN", "NAME_UNKNOWN"],
] as const satisfies [string, RegistryErrorCode, RegistryErrorCode][]) {
  test(`a list of a registry that ${what} fails with ${expected}, whatever is here`, async () => {
    const bench = await openBench();
    bench.upstreams = [bench.origin];
    bench.origin.manner = { kind: "fails", error: new RegistryError(code, "Cannot list", { retryAfterMs: 7000 }) };
    const { digest } = await pushImage(bench.store, here, ["cached"]).then(({ descriptor }) => descriptor);
    for (const listing of [bench.cache.listTags(here), bench.cache.listReferrers(here, digest)]) {
      await assert.rejects(list<unknown>(listing), (error) => {
        assert.ok(error instanceof RegistryError);
        assert.equal(error.code, expected);
        if (expected === "TOOMANYREQUESTS") assert.equal(error.retryAfterMs, 7000);
        return true;
      });
    }
    assert.deepEqual(bench.stale, []);
  });
}

test("what only a mirror does not have may exist, and what the registry itself does not have does not", async () => {
  const bench = await openBench();
  bench.mirror.manner = { kind: "fails", error: new RegistryError("NAME_UNKNOWN", "Cannot list") };
  assert.deepEqual(await list(bench.cache.listTags(here)), ["of-origin"]);
  bench.origin.manner = away;
  await assert.rejects(list(bench.cache.listTags(here)), { code: "UNAVAILABLE" });
  bench.time.advance(60_000);
  [bench.mirror.manner, bench.origin.manner] = [away, bench.mirror.manner];
  await assert.rejects(list(bench.cache.listTags(here)), { code: "NAME_UNKNOWN" });
});

test("that nothing refers to an image is not a mirror's to say", async () => {
  const bench = await openBench();
  const { descriptor: subject } = await bench.image(["signed"]);
  await pushImage(bench.origin.content, there, [], { subject });
  assert.equal((await list(bench.cache.listReferrers(here, subject.digest))).length, 1);
  const other = await bench.image(["unsigned"]);
  assert.deepEqual(await list(bench.cache.listReferrers(here, other.descriptor.digest)), []);
  bench.origin.manner = away;
  await assert.rejects(list(bench.cache.listReferrers(here, subject.digest)), { code: "UNAVAILABLE" });
});

test("who leaves ends a list", async () => {
  const bench = await openBench();
  bench.mirror.manner = bench.origin.manner = { kind: "hangs" };
  const leaving = new AbortController();
  const tags = list(bench.cache.listTags(here, { signal: leaving.signal }));
  leaving.abort(new RegistryError("UNAVAILABLE", "Cannot answer: the client has left"));
  await assert.rejects(tags, /client has left/);
});

test("a repository without a route is listed while upstream is away", async () => {
  const bench = await openBench();
  bench.mirror.manner = bench.origin.manner = away;
  await pushImage(bench.cache, "own/app", ["v1"]);
  assert.deepEqual(await list(bench.cache.listTags("own/app")), ["v1"]);
});
