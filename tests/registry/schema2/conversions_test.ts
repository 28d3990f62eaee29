// Layers that have to be packed anew, and everything that can be wrong with them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { MemoryStorage } from "../../../registry/memory/memory_storage.ts";
import { openPullThrough } from "../../../registry/pull_through/pull_through_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import { RegistryError } from "../../../registry/registry_error.ts";
import type { Converted } from "../../../registry/schema2/conversions.ts";
import { schema2 } from "../../../registry/schema2/schema2_registry.ts";
import { StoreRegistry } from "../../../registry/store/store_registry.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import { failsWith } from "../conformance/failure.ts";
import { UpstreamDouble } from "../pull_through/upstream_double.ts";
import { openTestServer } from "../server/test_server.ts";
import { archive, type Layer, layerOf, packed, pushIndex, pushLayers } from "./packed_image.ts";
import { askLikeUcr, pullLikeUcr } from "./ucr_puller.ts";

const platform = { os: "linux", architecture: "amd64" };
const accept = [mediaTypes.dockerManifest];

async function openServed(store: Registry, source = store) {
  const converted: Converted[] = [];
  const registry = schema2(source, { store, platform, onConverted: (one) => converted.push(one) });
  const server = await openTestServer(registry);
  const end = async () => {
    await server[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  };
  return { registry, converted, host: server.host, [Symbol.asyncDispose]: end };
}

test("layers of tar and zstd are packed with gzip, and those of gzip are left alone", async () => {
  const store = memoryRegistry();
  const layers = [layerOf("tar"), layerOf("gzip"), layerOf("zstd"), layerOf("zstd", new Uint8Array(0))];
  await pushLayers(store, "n", layers, { tags: ["v1"] });
  await using served = await openServed(store);
  const pulled = await pullLikeUcr(served.host, "n", "v1");
  assert.deepEqual(
    pulled.layers,
    layers.map(({ unpacked }) => Buffer.from(unpacked)),
  );
  assert.equal(pulled.manifest.layers[1]?.digest, digestOf((layers[1] as Layer).bytes));
  assert.equal(served.converted.length, 1);
});

test("a layer of gzip that says it is plain keeps its digest", async () => {
  const store = memoryRegistry();
  const layer = { ...layerOf("gzip"), mediaType: layerOf("tar").mediaType };
  await pushLayers(store, "n", [layer], { tags: ["v1"] });
  await using served = await openServed(store);
  assert.equal((await pullLikeUcr(served.host, "n", "v1")).manifest.layers[0]?.digest, digestOf(layer.bytes));
});

test("many clients at once, and images that share a layer, have it packed once", async () => {
  const store = memoryRegistry();
  const base = layerOf("zstd");
  for (const tag of ["a", "b"]) await pushLayers(store, "n", [base, layerOf("zstd")], { tags: [tag] });
  await pushLayers(store, "other", [base], { tags: ["c"] });
  let reads = 0;
  const source: Registry = {
    ...schema2(store, { store, platform }),
    getBlob: (repository, digest, ...rest) => {
      if (digest === digestOf(base.bytes)) reads++;
      return store.getBlob(repository, digest, ...rest);
    },
  };
  await using served = await openServed(store, source);
  const pulls = [0, 1, 2, 3].flatMap(() => ["a", "b"].map((tag) => pullLikeUcr(served.host, "n", tag)));
  const bases = (await Promise.all(pulls)).map(({ manifest }) => manifest.layers[0]?.digest);
  bases.push((await pullLikeUcr(served.host, "other", "c")).manifest.layers[0]?.digest);
  assert.equal(new Set(bases).size, 1);
  assert.equal(reads, 1);
  assert.equal(served.converted.length, 3);
});

const zstd = layerOf("zstd");
const corrupted = Buffer.from(zstd.bytes);
corrupted.fill(0xaa, 1000, 2000);
const faults: Readonly<Record<string, { layer: Layer; config?: object; status: number; why: RegExp }>> = {
  "is cut off": { layer: { ...zstd, bytes: zstd.bytes.subarray(0, 5000) }, status: 502, why: /Cannot unpack layer/ },
  "is corrupt": { layer: { ...zstd, bytes: corrupted }, status: 502, why: /Cannot unpack layer "sha256:/ },
  "is another one": {
    layer: { ...zstd, bytes: packed(archive(), "zstd") },
    status: 502,
    why: /it unpacks to sha256:[0-9a-f]{64}, expected sha256:/,
  },
  "is not in the config": { layer: zstd, config: { rootfs: { diff_ids: [] } }, status: 404, why: /found 0 layers in/ },
  "has a config without digests": { layer: zstd, config: {}, status: 404, why: /found no list of digests in rootfs/ },
  "has a config above what is read": {
    layer: zstd,
    config: { comment: "x".repeat(8 * 1024 * 1024) },
    status: 404,
    why: /Cannot read config "sha256:[0-9a-f]{64}" of an image: found 8388622 bytes, expected at most 8388608$/,
  },
};
for (const [sentence, { layer, config, status, why }] of Object.entries(faults)) {
  test(`a layer that ${sentence} is told as ${status} with the reason, and leaves nothing`, async () => {
    const storage = new MemoryStorage();
    const store = new StoreRegistry(storage);
    await pushLayers(store, "n", [layer], { tags: ["v1"], ...(config && { config }) });
    await using served = await openServed(store);
    for (const _ of ["first", "again"]) {
      const answer = await askLikeUcr(served.host, "n", "v1");
      assert.equal(answer.status, status);
      assert.match(JSON.parse(answer.body.toString()).errors[0].message, why);
    }
    assert.match(String(served.converted[0]?.error), why);
    assert.deepEqual(await storage.listSessions("n"), []);
  });
}

test("a conversion goes on when its client leaves, and is there for the next", async () => {
  const store = memoryRegistry();
  const image = await pushLayers(store, "n", [layerOf("zstd")], { tags: ["v1"] });
  const begun = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  const source: Registry = {
    ...schema2(store, { store, platform }),
    getBlob: async (...call) => {
      begun.resolve();
      await going.promise;
      return await store.getBlob(...call);
    },
  };
  await using served = await openServed(store, source);
  const leaving = new AbortController();
  const asked = served.registry.statManifest("n", "v1", { accept, signal: leaving.signal });
  await begun.promise;
  const reason = new Error("the client has left");
  leaving.abort(reason);
  await assert.rejects(asked, reason);
  const next = served.registry.statManifest("n", "v1", { accept });
  going.resolve();
  assert.equal((await next).mediaType, mediaTypes.dockerManifest);
  assert.equal(served.converted.length, 1);
  assert.equal(served.converted[0]?.image, image.descriptor.digest);
});

test("what is being converted ends with the registry", async () => {
  const store = memoryRegistry();
  await pushLayers(store, "n", [layerOf("zstd")], { tags: ["v1"] });
  const begun = Promise.withResolvers<void>();
  const source: Registry = {
    ...schema2(store, { store, platform }),
    getBlob: async (_repository, _digest, { signal } = {}) => {
      begun.resolve();
      return await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    },
  };
  const registry = schema2(source, { store, platform });
  const asked = failsWith("UNAVAILABLE", registry.statManifest("n", "v1", { accept }));
  await begun.promise;
  await registry[Symbol.asyncDispose]();
  await asked;
});

test("a conversion whose layer was removed is made again, and is the same", async () => {
  const store = memoryRegistry();
  await pushLayers(store, "n", [layerOf("tar")], { tags: ["v1"] });
  await using served = await openServed(store);
  const first = await pullLikeUcr(served.host, "n", "v1");
  await store.deleteBlob("n", first.manifest.layers[0]?.digest as `sha256:${string}`);
  assert.equal((await pullLikeUcr(served.host, "n", "v1")).digest, first.digest);
  assert.equal(served.converted.length, 2);
});

test("collections keep a conversion as long as its image, and no longer", async () => {
  const store = new StoreRegistry(new MemoryStorage());
  const image = await pushLayers(store, "n", [layerOf("zstd")]);
  await pushIndex(store, "n", { "linux/amd64": image }, { tags: ["v1"] });
  await using served = await openServed(store);
  const { digest } = await pullLikeUcr(served.host, "n", "v1");
  const collect = () => store.collectGarbage({ untagged: "remove", graceMs: -1 });
  assert.deepEqual([(await collect()).manifests, (await collect()).blobs], [0, 0]);
  assert.equal((await pullLikeUcr(served.host, "n", "v1")).digest, digest);
  await store.deleteTag("n", "v1");
  assert.equal((await collect()).manifests, 3, "the index, the image and the conversion");
});

test("images that are pulled through are converted, and given while upstream is away", async () => {
  const upstream = new UpstreamDouble("upstream");
  const layers = [layerOf("zstd"), layerOf("gzip")];
  const image = await pushLayers(upstream.content, "app", layers);
  const index = await pushIndex(upstream.content, "app", { "linux/amd64": image }, { tags: ["v1"] });
  const store = memoryRegistry({ checks: "nothing" });
  const route = { repository: "app", upstreams: [upstream], tags: { kind: "fresh" } } as const;
  using cache = openPullThrough({ store, route: () => route });
  await using served = await openServed(store, cache);
  const first = await pullLikeUcr(served.host, "lab/app", "v1");
  assert.deepEqual(
    first.layers,
    layers.map(({ unpacked }) => Buffer.from(unpacked)),
  );
  assert.equal((await served.registry.statManifest("lab/app", "v1")).digest, index.descriptor.digest);
  upstream.manner = { kind: "fails", error: new RegistryError("UNAVAILABLE", "Cannot reach it") };
  assert.equal((await pullLikeUcr(served.host, "lab/app", "v1")).digest, first.digest);
});
