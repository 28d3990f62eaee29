import assert from "node:assert/strict";
import { test } from "node:test";
import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { planImage } from "../../../registry/mirror/plan_image.ts";
import type { Registry } from "../../../registry/registry.ts";
import { RegistryError } from "../../../registry/registry_error.ts";
import { pushImage } from "../conformance/specimens.ts";

/** Plans the copy of an image whose source says `statBlob` of its blobs. */
async function plan(statBlob: Registry["statBlob"] | undefined, checksSource: boolean) {
  const registry = memoryRegistry();
  const { bytes, descriptor } = await pushImage(registry, "app", ["v1"]);
  const source = { registry: { ...delegatedRegistry(registry), ...(statBlob && { statBlob }) }, repository: "app" };
  const target = { registry: memoryRegistry(), repository: "app" };
  const { missing } = await planImage(source, target, "v1", { checksSource, name: "oci:app" });
  const { config, layers } = JSON.parse(new TextDecoder().decode(bytes));
  const digests = [descriptor, config, ...layers].map(({ digest }) => digest);
  assert.deepEqual(missing.map(({ digest }) => digest).sort(), digests.sort());
}

const gone: Registry["statBlob"] = async (_, digest) => {
  throw new RegistryError("BLOB_UNKNOWN", `Cannot find "${digest}"`);
};
const short: Registry["statBlob"] = async (_, digest) => ({ mediaType: "application/octet-stream", digest, size: 1 });

test("planImage() tells what would be moved, and asks the source of blobs only when told to", async () => {
  await plan(undefined, true);
  await plan(gone, false);
});

test("planImage() that looks at the source tells of a blob that is not there, or not whole", async () => {
  await assert.rejects(plan(gone, true), { code: "BLOB_UNKNOWN" });
  const message = /^Cannot copy "oci:app": blob "sha256:.*" has 1 bytes, expected \d+$/;
  await assert.rejects(plan(short, true), { code: "CORRUPT", message });
});
