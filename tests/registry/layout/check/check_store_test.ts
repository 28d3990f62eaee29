import assert from "node:assert/strict";
import { appendFile, cp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { checkStore, type StoreCheckOptions } from "../../../../registry/layout/check/check_store.ts";
import { removeContent } from "../../../../registry/layout/check/remove_content.ts";
import { memoryRegistry } from "../../../../registry/memory/memory_registry.ts";
import { planMirror } from "../../../../registry/mirror/plan_mirror.ts";
import { runMirror } from "../../../../registry/mirror/run_mirror.ts";
import { openPullThrough } from "../../../../registry/pull_through/pull_through_registry.ts";
import type { Registry } from "../../../../registry/registry.ts";
import { type Digest, hexOf } from "../../../../registry/values/digest.ts";
import { failsWith } from "../../conformance/failure.ts";
import {
  collect,
  indexOf,
  pieces,
  prepareImage,
  pushImage,
  pushManifest,
  pushSpecimen,
  randomBlob,
  type Specimen,
} from "../../conformance/specimens.ts";
import { layoutFolder, openQuickly } from "../layout_folder.ts";

/** The first layer of an image. */
function layerOf({ bytes }: Specimen): Digest {
  return JSON.parse(Buffer.from(bytes).toString()).layers[0].digest;
}

function poolPath(root: string, digest: Digest): string {
  return join(root, "blobs", "sha256", hexOf(digest));
}

/** Changes one byte of a file, under all its names. */
async function rot(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

async function faultsOf(root: string, options?: StoreCheckOptions) {
  const { faults } = await checkStore(root, options);
  return faults.map(({ kind, digest, uses }) => ({ kind, digest, uses }));
}

test("checkStore() reads every blob and manifest once, and finds nothing wrong with a store that is well", async () => {
  await using folder = await layoutFolder();
  {
    await using registry = await openQuickly(folder.root);
    const image = await pushImage(registry, "a", ["v1"]);
    const layer = layerOf(image);
    await registry.mountBlob("b", layer, { from: "a" });
    const half = await registry.startUpload("a");
    await half.append(pieces(Buffer.from("half"), 4));
  }
  let read = 0;
  const begun: number[] = [];
  const onRead = (bytes: number) => {
    read += bytes;
  };
  const { faults, ...counts } = await checkStore(folder.root, { onRead, onBegun: (bytes) => begun.push(bytes) });
  assert.deepEqual(faults, []);
  const { bytes } = counts;
  assert.deepEqual(counts, { repositories: 2, manifests: 1, blobs: 3, bytes });
  assert.deepEqual([begun, read], [[bytes], bytes]);
});

for (const [what, spoil] of [
  ["bytes have changed", rot],
  ["end is gone", (path) => truncate(path, 100)],
  ["file has grown", (path) => appendFile(path, "more")],
] as const satisfies [string, (path: string) => Promise<void>][]) {
  test(`checkStore() names a blob whose ${what}, and all repositories and tags that lead to it`, async () => {
    await using folder = await layoutFolder();
    await using registry = await openQuickly(folder.root);
    const image = await pushImage(registry, "a", ["v1", "v2"]);
    await pushManifest(registry, "a", indexOf([image]), ["all"]);
    await pushImage(registry, "a", ["other"]);
    const digest = layerOf(image);
    await registry.mountBlob("b/c", digest, { from: "a" });
    await spoil(poolPath(folder.root, digest));
    const { faults } = await checkStore(folder.root);
    assert.equal(faults.length, 1);
    const [fault] = faults;
    assert.deepEqual([fault?.kind, fault?.digest], ["content", digest]);
    assert.match(fault?.found ?? "", /has \d+ bytes of digest sha256:/);
    assert.deepEqual(fault?.uses, [
      { repository: "a", tags: ["all", "v1", "v2"], comes: "by a push" },
      { repository: "b/c", tags: [], comes: "by a push" },
    ]);
  });
}

test("checkStore() reads each copy where files are not linked", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const image = await pushImage(registry, "a", ["v1"]);
  const path = poolPath(folder.root, layerOf(image));
  await cp(path, `${path}.copy`);
  await rm(path);
  await cp(`${path}.copy`, path);
  await rm(`${path}.copy`);
  await rot(path);
  const { faults, blobs } = await checkStore(folder.root);
  assert.equal(blobs, 4);
  assert.deepEqual(
    faults.map(({ digest, uses }) => ({ digest, uses })),
    [{ digest: layerOf(image), uses: [] }],
    "the repository's own is well",
  );
});

test("checkStore() tells of a manifest whose bytes are wrong, and of an index that cannot be read", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const image = await pushImage(registry, "a", ["v1"]);
  await pushImage(registry, "b", ["v1"]);
  await rot(poolPath(folder.root, image.descriptor.digest));
  await truncate(join(folder.root, "repositories", "b", "index.json"), 20);
  assert.deepEqual(await faultsOf(folder.root), [
    {
      kind: "content",
      digest: image.descriptor.digest,
      uses: [{ repository: "a", tags: ["v1"], comes: "by a push" }],
    },
    { kind: "index", digest: undefined, uses: [{ repository: "b", tags: [], comes: "by a push" }] },
  ]);
});

test("checkStore() tells of a layer that is not there, but in a cache; an index may be sparse", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const image = await pushImage(registry, "a", ["v1"]);
  const absent = await prepareImage(memoryRegistry(), "a");
  await pushManifest(registry, "a", indexOf([image, absent]), ["sparse"]);
  assert.deepEqual(await faultsOf(folder.root), []);
  await registry.deleteBlob("a", layerOf(image));
  const use = { repository: "a", tags: ["sparse", "v1"], comes: "by a push" };
  assert.deepEqual(await faultsOf(folder.root), [{ kind: "missing", digest: layerOf(image), uses: [use] }]);
  assert.deepEqual(await faultsOf(folder.root, { isCache: (repository) => repository === "a" }), []);
});

test("checkStore() tells of sizes that manifests name wrongly", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const image = await prepareImage(registry, "a");
  const layer = layerOf(image);
  const text = Buffer.from(image.bytes).toString().replace('"size": 2000', '"size": 1999');
  const { descriptor } = await registry.pushManifest("a", Buffer.from(text), {
    mediaType: image.descriptor.mediaType,
    tags: ["v1"],
  });
  const { faults } = await checkStore(folder.root);
  assert.deepEqual(
    faults.map(({ kind, digest, found }) => [kind, digest, found]),
    [["manifest", descriptor.digest, `it names ${layer} with 1999 bytes, which has 2000`]],
  );
});

test("checkStore() calls nothing wrong that is pushed, deleted or collected meanwhile", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  await pushImage(registry, "a", ["old"]);
  await pushSpecimen(registry, "a", randomBlob());
  let count = 0;
  const throttle = async () => {
    count += 1;
    if (count > 1) return;
    await registry.deleteTag("a", "old");
    await registry.collectGarbage({ graceMs: -1000, untagged: "remove" });
    await pushImage(registry, "b", ["new"]);
  };
  assert.deepEqual(await faultsOf(folder.root, { throttle }), []);
  assert.ok(count > 0);
});

test("checkStore() ends with the signal's reason", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  await pushImage(registry, "a", ["v1"]);
  const ending = new AbortController();
  const checking = checkStore(folder.root, { signal: ending.signal, onRead: () => ending.abort(new Error("enough")) });
  await assert.rejects(checking, /enough/);
});

test("removeContent() of a store that is served takes the bytes, and a cache brings them again", async () => {
  await using folder = await layoutFolder();
  await using store = await openQuickly(folder.root, { checks: "nothing" });
  const origin = memoryRegistry();
  const image = await pushImage(origin, "app", ["v1"]);
  const upstreams = [{ name: "origin", registry: origin }];
  const route = () => ({ repository: "app", upstreams, tags: { kind: "pinned" as const } });
  await using cache = openPullThrough({ store, route });
  const digest = layerOf(image);
  const read = async (registry: Registry) => {
    await using content = await registry.getBlob("lab/app", digest);
    return await collect(content.body);
  };
  await cache.getManifest("lab/app", "v1");
  const bytes = await read(cache);
  for (const path of [digest, image.descriptor.digest]) await rot(poolPath(folder.root, path));
  const { faults } = await checkStore(folder.root, { isCache: () => true });
  assert.equal(faults.length, 2);
  assert.deepEqual(await removeContent(folder.root, faults), { tags: "kept" });
  await failsWith("BLOB_UNKNOWN", store.statBlob("lab/app", digest));
  assert.deepEqual(await read(cache), bytes);
  assert.deepEqual(Buffer.from((await cache.getManifest("lab/app", "v1")).bytes), Buffer.from(image.bytes));
  assert.deepEqual(await faultsOf(folder.root, { isCache: () => true }), []);
});

for (const what of ["layer", "manifest"] as const) {
  test(`removeContent() of a store that is not served has the next mirror bring a ${what} again`, async () => {
    await using folder = await layoutFolder();
    const origin = memoryRegistry();
    const image = await pushImage(origin, "app", []);
    await pushManifest(origin, "app", indexOf([image]), ["v1"]);
    const mirror = async () => {
      await using target = await openQuickly(folder.root);
      const job = {
        source: { registry: origin, repository: "app" },
        target: { registry: target, repository: "app" },
        tags: {},
      };
      return (await Array.fromAsync(runMirror(job, await planMirror(job)))).map(({ step, kind }) => [step.kind, kind]);
    };
    assert.deepEqual(await mirror(), [["add", "done"]]);
    await rot(poolPath(folder.root, what === "layer" ? layerOf(image) : image.descriptor.digest));
    const { faults } = await checkStore(folder.root);
    assert.deepEqual(faults[0]?.uses, [{ repository: "app", tags: ["v1"], comes: "by a push" }]);
    assert.deepEqual(await removeContent(folder.root, faults), { tags: "removed" });
    assert.deepEqual(await mirror(), [["add", "done"]]);
    const checked = await checkStore(folder.root);
    assert.deepEqual([checked.faults, checked.manifests, checked.blobs], [[], 2, 4]);
  });
}

test("removeContent() leaves a file alone that has been put in the place of a wrong one", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const image = await pushImage(registry, "a", ["v1"]);
  const digest = layerOf(image);
  const path = poolPath(folder.root, digest);
  const bytes = await readFile(path);
  await rot(path);
  const { faults } = await checkStore(folder.root);
  await rm(path);
  await writeFile(path, bytes);
  await removeContent(folder.root, faults);
  assert.deepEqual(await readFile(path), bytes);
  await failsWith("BLOB_UNKNOWN", registry.statBlob("a", digest));
});
