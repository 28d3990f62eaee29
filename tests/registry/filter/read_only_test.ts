import assert from "node:assert/strict";
import { test } from "node:test";
import { readOnly } from "../../../registry/filter/read_only.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import { failsWith } from "../conformance/failure.ts";
import { collect, list, pieces, pushImage, pushSpecimen, randomBlob } from "../conformance/specimens.ts";

const blob = randomBlob();
const { digest } = blob.descriptor;

const writes: Readonly<Record<string, (registry: Registry) => Promise<unknown>>> = {
  pushBlob: (registry) => registry.pushBlob("n", blob.descriptor, pieces(blob.bytes)),
  startUpload: (registry) => registry.startUpload("n"),
  resumeUpload: (registry) => registry.resumeUpload("n", "x"),
  mountBlob: (registry) => registry.mountBlob("n", digest, { from: "m" }),
  pushManifest: (registry) => registry.pushManifest("n", blob.bytes, { mediaType: "application/json" }),
  deleteBlob: (registry) => registry.deleteBlob("n", digest),
  deleteManifest: (registry) => registry.deleteManifest("n", digest),
  deleteTag: (registry) => registry.deleteTag("n", "v1"),
};
for (const [call, write] of Object.entries(writes)) {
  test(`readOnly() denies ${call}()`, async () => {
    const whole = memoryRegistry();
    await pushImage(whole, "n", ["v1"]);
    await failsWith("DENIED", write(readOnly(whole)));
    assert.deepEqual(await list(whole.listTags("n")), ["v1"]);
  });
}

test("readOnly() reads and lists", async () => {
  const whole = memoryRegistry();
  const image = await pushImage(whole, "n", ["v1"]);
  await pushSpecimen(whole, "n", blob);
  const registry = readOnly(whole);
  assert.deepEqual((await registry.getManifest("n", "v1")).descriptor, await registry.statManifest("n", "v1"));
  assert.equal((await registry.statBlob("n", digest)).size, blob.bytes.byteLength);
  await using content = await registry.getBlob("n", digest);
  assert.deepEqual(await collect(content.body), Buffer.from(blob.bytes));
  assert.deepEqual(await list(registry.listTags("n")), ["v1"]);
  assert.deepEqual(await list(registry.listRepositories()), ["n"]);
  assert.deepEqual(await list(registry.listReferrers("n", image.descriptor.digest)), []);
});
