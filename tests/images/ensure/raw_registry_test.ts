import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { memoryRegistry, type Registry, RegistryError } from "../../../registry/mod.ts";
import { rawRegistry } from "../../../src/images/ensure/raw_registry.ts";
import { blobOf, collect, pushSpecimen, type Specimen } from "../../registry/conformance/specimens.ts";
import { layoutFolder, openQuickly } from "../../registry/layout/layout_folder.ts";

const plain = blobOf(Buffer.concat([randomBytes(300_000), Buffer.alloc(700_000)]));
const { digest } = plain.descriptor;

/** A registry that has what `packed` unpacks to, over one that has `packed`. */
async function openRaw(packed: Specimen, wrap = (registry: Registry) => registry): Promise<Registry> {
  const registry = memoryRegistry();
  await pushSpecimen(registry, "app", packed);
  return rawRegistry(wrap(registry), new Map([[digest, packed.descriptor]]));
}

for (const [packing, packed] of [
  ["gzip", gzipSync(plain.bytes)],
  ["zstd", zstdCompressSync(plain.bytes)],
] as const) {
  test(`rawRegistry() gives what a layer packed with ${packing} unpacks to`, async () => {
    const packedBlob = blobOf(packed);
    const registry = await openRaw(packedBlob);
    await using content = await registry.getBlob("app", digest);
    assert.equal(content.length, "unknown");
    assert.deepEqual(await collect(content.body), Buffer.from(plain.bytes));
    await assert.rejects(registry.statBlob("app", digest), { code: "UNSUPPORTED" });
    assert.equal((await registry.statBlob("app", packedBlob.descriptor.digest)).size, packed.byteLength);
  });
}

test("rawRegistry() lends no piece to who has not asked for it, of a layer that is not packed either", async () => {
  await using folder = await layoutFolder();
  await using stored = await openQuickly(folder.root);
  await pushSpecimen(stored, "app", plain);
  const registry = rawRegistry(stored, new Map([[digest, plain.descriptor]]));
  await using content = await registry.getBlob("app", digest);
  const held: Uint8Array[] = [];
  for await (const piece of content.body) held.push(piece);
  assert.deepEqual(Buffer.concat(held), Buffer.from(plain.bytes));
});

test("rawRegistry() tells a fault of the source as its fault, not as one of the layer", async () => {
  const fault = new RegistryError("CORRUPT", 'Cannot read it from "there"');
  const broken = (registry: Registry): Registry => ({
    ...registry,
    getBlob: async (...call) => {
      const content = await registry.getBlob(...call);
      async function* body() {
        // What it sends cannot be unpacked, which shows before its digest is known.
        for await (const bytes of content.body) yield bytes.map((byte, at) => (at > 100 ? byte ^ 1 : byte));
        throw fault;
      }
      return { ...content, body: body() };
    },
  });
  const registry = await openRaw(blobOf(gzipSync(plain.bytes)), broken);
  const content = await registry.getBlob("app", digest);
  await assert.rejects(collect(content.body), (error) => error === fault);
});

test("rawRegistry() refuses a layer that cannot be unpacked, though it is what its registry has", async () => {
  const registry = await openRaw(blobOf(gzipSync(plain.bytes).subarray(0, 200_000)));
  const content = await registry.getBlob("app", digest);
  await assert.rejects(collect(content.body), { code: "CORRUPT", message: /^Cannot unpack layer "sha256:/ });
});
