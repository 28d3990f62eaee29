// What becomes of deletions at a registry that has none for tags, as distribution before 3.
import assert from "node:assert/strict";
import { test } from "node:test";
import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import { isThere, RegistryError } from "../../../registry/registry_error.ts";
import { indexOf, list, pushImage, pushManifest, type Specimen } from "../conformance/specimens.ts";
import { at, MirrorBench } from "./mirror_bench.ts";

/** A registry as a client of such a one shows it; `nothing` when deletions are off there. */
function byDigest(registry: Registry, deletes: "manifests" | "nothing" = "manifests"): Registry {
  const off = new RegistryError("UNSUPPORTED", "The operation is unsupported");
  return {
    ...delegatedRegistry(registry),
    deleteTag: async (repository, tag) => {
      if (deletes === "nothing") throw off;
      const cause = new RegistryError("DIGEST_INVALID", "provided digest did not match uploaded content");
      const code = (await isThere(registry.statManifest(repository, tag))) ? "UNSUPPORTED" : "MANIFEST_UNKNOWN";
      throw new RegistryError(code, `Cannot delete tag "${tag}"`, { cause });
    },
    ...(deletes === "nothing" && { deleteManifest: () => Promise.reject(off) }),
  };
}

/** Runs a mirror whose source has `v2` alone, and gives what it told and the tags that are left. */
async function run(bench: MirrorBench, registry: Registry, backup: string | undefined = "deleted-{tag}") {
  await pushImage(bench.source.content, at, ["v2"]);
  const job = bench.job({
    target: { registry, repository: at },
    deleteExtraneous: { maximumPercent: 100, ...(backup !== "" && { backup }) },
  });
  return { told: await bench.run(job), tags: await list(bench.target.content.listTags(at)) };
}

async function digestAt(bench: MirrorBench, tag: string): Promise<string> {
  return (await bench.target.content.statManifest(at, tag)).digest;
}

test("a manifest all of whose tags are to go is deleted, and comes again by their backups", async () => {
  const bench = new MirrorBench();
  const image = await pushImage(bench.target.content, at, ["v1", "v1.0", "deleted-v0"]);
  const { told, tags } = await run(bench, byDigest(bench.target.content));
  assert.deepEqual(told.toSorted(), ["add v2 done", "delete v1 done", "delete v1.0 done"]);
  assert.deepEqual(tags, ["deleted-v0", "deleted-v1", "deleted-v1.0", "v2"]);
  for (const tag of tags.slice(0, 3)) assert.equal(await digestAt(bench, tag), image.descriptor.digest);
});

test("a backup that a run before has left beside its tag does not keep that", async () => {
  const bench = new MirrorBench();
  await pushImage(bench.target.content, at, ["v1", "deleted-v1"]);
  const { tags } = await run(bench, byDigest(bench.target.content));
  assert.deepEqual(tags, ["deleted-v1", "v2"]);
});

test("without backups the manifest is deleted", async () => {
  const bench = new MirrorBench();
  await pushImage(bench.target.content, at, ["v1"]);
  assert.deepEqual((await run(bench, byDigest(bench.target.content), "")).tags, ["v2"]);
});

for (const [what, push] of [
  ["has another tag", (registry, image) => pushManifest(registry, at, image, ["stable-1"])],
  ["is named by an index", (registry, image) => pushManifest(registry, at, indexOf([image]), ["stable-1"])],
] as const satisfies [string, (registry: Registry, image: Specimen) => Promise<unknown>][]) {
  test(`a manifest that ${what} which stays is not deleted, and gets no backup`, async () => {
    const bench = new MirrorBench();
    const image = await pushImage(bench.target.content, at, ["v1"]);
    await push(bench.target.content, image);
    await pushImage(bench.source.content, at, ["v2"]);
    const job = bench.job({
      target: { registry: byDigest(bench.target.content), repository: at },
      tags: { matching: /^v/ },
      deleteExtraneous: { maximumPercent: 100, backup: "deleted-{tag}" },
    });
    assert.deepEqual(await bench.run(job), ["add v2 done", "delete v1 failed"]);
    assert.deepEqual(bench.failures, [
      `Cannot delete tag "v1" of "app": this registry deletes by digest only, and "stable-1" would lose "app@${image.descriptor.digest}" with it`,
    ]);
    assert.deepEqual(await list(bench.target.content.listTags(at)), ["stable-1", "v1", "v2"]);
  });
}

test("a registry that deletes nothing gets no backups, and is told of once", async () => {
  const bench = new MirrorBench();
  await pushImage(bench.target.content, at, ["v0", "v1"]);
  const { told, tags } = await run(bench, byDigest(bench.target.content, "nothing"));
  assert.deepEqual(told, ["add v2 done", "delete v0 failed"]);
  assert.deepEqual(tags, ["v0", "v1", "v2"]);
  assert.match(
    bench.failures[0] ?? "",
    /^Cannot delete tag "v0", and 1 more, of "app": this registry deletes nothing: /,
  );
});

test("a backup that cannot be written after its manifest has gone is told with what is lost", async () => {
  const bench = new MirrorBench();
  const image = await pushImage(bench.target.content, at, ["v1"]);
  const digest = image.descriptor.digest;
  const registry = byDigest(bench.target.content);
  const pushManifest: Registry["pushManifest"] = (...call) =>
    call[2].tags?.includes("deleted-v1")
      ? Promise.reject(new RegistryError("UNAVAILABLE", "it broke"))
      : bench.target.content.pushManifest(...call);
  await run(bench, { ...registry, pushManifest });
  const lost = `"app@${digest}" is deleted, and could not be kept as "deleted-v1"`;
  assert.deepEqual(bench.failures, [`Cannot keep tag "v1": ${lost}: it broke`]);
});
