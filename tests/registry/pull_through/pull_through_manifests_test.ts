import assert from "node:assert/strict";
import { test } from "node:test";
import { isRegistryError, RegistryError, type RegistryErrorCode } from "../../../registry/registry_error.ts";
import { collect, list, pushImage, pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { CacheBench, here, there } from "./cache_bench.ts";

const code = (wanted: RegistryErrorCode) => (error: unknown) => isRegistryError(error, wanted);

test("a manifest comes with its tag, and by its digest is never asked for again", async () => {
  const bench = new CacheBench();
  const image = await bench.image();
  const { bytes, descriptor } = await bench.cache.getManifest(here, "v1");
  assert.deepEqual(Buffer.from(bytes), Buffer.from(image.bytes));
  assert.equal(descriptor.mediaType, image.descriptor.mediaType);
  bench.origin.manner = { kind: "hangs" };
  assert.equal((await bench.cache.statManifest(here, image.descriptor.digest)).digest, image.descriptor.digest);
});

test("a tag of policy fresh is asked for by HEAD each time, and moves with upstream (J 39)", async () => {
  const bench = new CacheBench();
  const first = await bench.image();
  await bench.cache.getManifest(here, "v1");
  assert.equal((await bench.cache.getManifest(here, "v1")).descriptor.digest, first.descriptor.digest);
  assert.equal(bench.origin.count("getManifest"), 1, "nothing is fetched that is here");
  assert.deepEqual(bench.moved, []);
  const second = await pushImage(bench.origin.content, there, ["v1"]);
  assert.equal((await bench.cache.getManifest(here, "v1")).descriptor.digest, second.descriptor.digest);
  assert.deepEqual(bench.moved, [`v1 ${first.descriptor.digest} ${second.descriptor.digest}`]);
  bench.origin.manner = { kind: "hangs" };
  assert.deepEqual(
    Buffer.from((await bench.cache.getManifest(here, first.descriptor.digest)).bytes),
    Buffer.from(first.bytes),
  );
});

test("a tag of policy cached is asked for when its time is over (J 39)", async () => {
  const bench = new CacheBench();
  bench.policy = { kind: "cached", maximumAgeMs: 600_000 };
  const first = await bench.image();
  await bench.cache.getManifest(here, "v1");
  const second = await pushImage(bench.origin.content, there, ["v1"]);
  bench.time.advance(600_000);
  assert.equal((await bench.cache.statManifest(here, "v1")).digest, first.descriptor.digest);
  bench.time.advance(1);
  assert.equal((await bench.cache.statManifest(here, "v1")).digest, second.descriptor.digest);
});

test("a pinned tag is never asked for again (J 39)", async () => {
  const bench = new CacheBench();
  bench.policy = { kind: "pinned" };
  const first = await bench.image();
  await bench.cache.getManifest(here, "v1");
  await pushImage(bench.origin.content, there, ["v1"]);
  bench.cache = bench.open();
  assert.equal((await bench.cache.getManifest(here, "v1")).descriptor.digest, first.descriptor.digest);
});

for (const [what, manner] of [
  ["fails", { kind: "fails", error: new RegistryError("UNAVAILABLE", "Cannot connect") }],
  ["answers 429 (J 41)", { kind: "fails", error: new RegistryError("TOOMANYREQUESTS", "Cannot: too many") }],
  ["hangs (J 40)", { kind: "hangs" }],
] as const) {
  test(`a tag that is here is given when upstream ${what}`, async () => {
    const bench = new CacheBench();
    const image = await bench.image();
    await bench.cache.getManifest(here, "v1");
    bench.origin.manner = manner;
    const got = bench.cache.getManifest(here, "v1");
    if (manner.kind === "hangs") {
      await bench.time.scheduled(2000);
      bench.time.advance(2000);
    }
    assert.equal((await got).descriptor.digest, image.descriptor.digest);
    assert.deepEqual(bench.stale, ["v1"]);
  });
}

test("a tag that upstream has deleted is gone", async () => {
  const bench = new CacheBench();
  const image = await bench.image();
  await bench.cache.getManifest(here, "v1");
  await bench.origin.content.deleteManifest(there, image.descriptor.digest);
  await assert.rejects(bench.cache.getManifest(here, "v1"), code("MANIFEST_UNKNOWN"));
});

test("a cache that is opened while upstream is away gives all that it has (J 42)", async () => {
  const bench = new CacheBench();
  const image = await bench.image();
  await bench.cache.getManifest(here, "v1");
  bench.origin.manner = { kind: "fails", error: new RegistryError("UNAVAILABLE", "Cannot connect") };
  bench.cache = bench.open();
  assert.equal((await bench.cache.getManifest(here, "v1")).descriptor.digest, image.descriptor.digest);
  await assert.rejects(list(bench.cache.listTags(here)), code("UNAVAILABLE"));
});

test("many who want a manifest at once cause one fetch", async () => {
  const bench = new CacheBench();
  await bench.image();
  await Promise.all(Array.from({ length: 8 }, () => bench.cache.getManifest(here, "v1")));
  assert.equal(bench.origin.count("getManifest"), 1);
});

test("nothing is fetched for a HEAD", async () => {
  const bench = new CacheBench();
  const image = await bench.image();
  const blob = await bench.blob(100);
  assert.equal((await bench.cache.statManifest(here, "v1")).digest, image.descriptor.digest);
  assert.equal((await bench.cache.statBlob(here, blob.descriptor.digest)).size, 100);
  assert.equal(bench.origin.count("getManifest") + bench.origin.count("getBlob"), 0);
});

test("a blob that another repository has is not fetched", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob(100);
  await pushSpecimen(bench.store, "other/app", blob);
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
  assert.equal(bench.origin.calls.length, 0);
});

test("what is a cache cannot be written to, and what is not can", async () => {
  const bench = new CacheBench();
  await assert.rejects(pushSpecimen(bench.cache, here, randomBlob()), code("DENIED"));
  await assert.rejects(bench.cache.startUpload(here), code("DENIED"));
  await pushImage(bench.cache, "own/app", ["v1"]);
  assert.deepEqual(await list(bench.cache.listTags("own/app")), ["v1"]);
});

test("tags and referrers are upstream's", async () => {
  const bench = new CacheBench();
  const image = await bench.image(["v1", "v2"]);
  assert.deepEqual(await list(bench.cache.listTags(here)), ["v1", "v2"]);
  const subject = { ...image.descriptor };
  await pushImage(bench.origin.content, there, [], { subject });
  assert.equal((await list(bench.cache.listReferrers(here, image.descriptor.digest))).length, 1);
});

test("closing the cache ends its transfers", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob(5000);
  let passed = 0;
  bench.origin.manner = {
    kind: "waits",
    gate: () => (++passed === 1 ? Promise.resolve() : new Promise(() => undefined)),
  };
  const content = await bench.cache.getBlob(here, blob.descriptor.digest);
  const reading = assert.rejects(collect(content.body), /cache is being closed/);
  bench.cache[Symbol.dispose]();
  await reading;
});
