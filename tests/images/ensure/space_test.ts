import assert from "node:assert/strict";
import { statfs } from "node:fs/promises";
import { test } from "node:test";
import { countPresentLayers, listLayerChains, readDiffIds } from "../../../src/images/ensure/present_layers.ts";
import { assertSpace, measureLayers } from "../../../src/images/ensure/space.ts";
import { plainImage } from "../../fakes/engine_specimens.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

const digest = `sha256:${"0".repeat(64)}` as const;
const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
const layersOf = (...sizes: number[]) => ({
  layers: sizes.map((size) => ({ mediaType, digest, size: Math.floor(size) })),
});
const platform = { os: "linux", architecture: "amd64" };
const storeAt = (folder: string) => ({ daemon: "d", kind: "graph", driver: "overlay2", folder, platform }) as const;

test("measureLayers() adds layers up, and guesses what they become", () => {
  const oci = "application/vnd.oci.image.layer.v1.tar";
  const layers = [oci, `${oci}+gzip`, `${oci}+zstd`].map((mediaType) => ({ mediaType, digest, size: 100 }));
  assert.deepEqual(measureLayers({ layers }), { packed: 300, unpacked: 650 });
  assert.deepEqual(measureLayers({ layers: [] }), { packed: 0, unpacked: 0 });
});

test("assertSpace() refuses what does not fit, with the numbers, and adds up what lies on one file system (J 54)", async () => {
  await using fixture = await openFixture();
  const { bavail, bsize } = await statfs(fixture.path);
  const free = bavail * bsize;
  const places = { cache: fixture.path, store: storeAt(fixture.path), given: "compressed" } as const;
  const nothing = () => Promise.resolve(0);
  await assertSpace("app", layersOf(1000), places, nothing);
  // Fits packed, and unpacked, and not both, and the packed one twice.
  const need = layersOf(free * 0.2, free * 0.2);
  await assert.rejects(assertSpace("app", need, places, nothing), {
    code: "space",
    message:
      /^Cannot get image "app": it needs about \d+ MB at ".*" \(\d+ MB packed, about \d+ MB unpacked\), where \d+ MB are free$/,
  });
});

test("assertSpace() asks no room for layers that the daemon has", async () => {
  await using fixture = await openFixture();
  const { bavail, bsize } = await statfs(fixture.path);
  const places = { cache: fixture.path, store: storeAt(fixture.path), given: "compressed" } as const;
  await assertSpace("app", layersOf(bavail * bsize, 1000), places, () => Promise.resolve(1));
});

test("countPresentLayers() counts the lowest layers that an image shares, one upon the other", async () => {
  const engine = new FakeEngine();
  const images = new Map([
    ["one", ["a", "b", "x"]],
    ["two", ["b", "c"]],
    ["three", []],
  ]);
  engine.listImages = async () =>
    [...images.keys()].map((Id) => ({ Id, RepoTags: [], RepoDigests: [], Created: 0, Size: 0, Labels: {} }));
  engine.inspectImage = async (Id) => ({ ...plainImage, Id, Layers: images.get(Id) ?? [] });
  const { signal } = new AbortController();
  const chains = await listLayerChains(engine, { signal });
  for (const [layers, count] of [
    ["abc", 2],
    ["bcd", 2],
    ["cab", 0],
    ["ab", 2],
    ["", 0],
  ] as const) {
    assert.equal(countPresentLayers(chains, [...layers]), count, layers);
  }
});

test("assertSpace() counts unpacked what a daemon is given unpacked", async () => {
  await using fixture = await openFixture();
  const { bavail, bsize } = await statfs(fixture.path);
  const places = { cache: "/nowhere/to/be/found", store: storeAt(fixture.path) };
  const nothing = () => Promise.resolve(0);
  // Packed beside unpacked it fits, unpacked twice it does not.
  const need = layersOf(bavail * bsize * 0.22);
  await assertSpace("app", need, { ...places, given: "compressed" }, nothing);
  await assert.rejects(assertSpace("app", need, { ...places, given: "raw" }, nothing), { code: "space" });
});

test("readDiffIds() reads the layers off a configuration, and refuses one without", () => {
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  assert.deepEqual(readDiffIds(encode({ rootfs: { type: "layers", diff_ids: ["a", "b"] } })), ["a", "b"]);
  for (const config of [null, {}, { rootfs: {} }]) assert.throws(() => readDiffIds(encode(config)), SyntaxError);
});

test("assertSpace() does not judge a daemon whose folder is not here", async () => {
  await using fixture = await openFixture();
  const { bavail, bsize } = await statfs(fixture.path);
  const places = { cache: fixture.path, store: storeAt("/nowhere/to/be/found"), given: "compressed" } as const;
  await assertSpace("app", layersOf(bavail * bsize * 0.7), places, () => Promise.resolve(0));
});
