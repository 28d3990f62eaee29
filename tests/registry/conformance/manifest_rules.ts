import assert from "node:assert/strict";
import type { Registry } from "../../../registry/registry.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import type { Rules } from "./conformance.ts";
import { failsWith } from "./failure.ts";
import {
  indexOf,
  list,
  manifestOf,
  prepareImage,
  pushImage,
  pushManifest,
  pushSpecimen,
  randomBlob,
  type Specimen,
} from "./specimens.ts";

async function assertStored(registry: Registry, repository: string, manifest: Specimen, tags: string[] = []) {
  for (const target of [manifest.descriptor.digest, ...tags]) {
    assert.deepEqual(await registry.statManifest(repository, target), manifest.descriptor);
    const content = await registry.getManifest(repository, target);
    assert.deepEqual(content.descriptor, manifest.descriptor);
    assert.deepEqual(Buffer.from(content.bytes), Buffer.from(manifest.bytes));
  }
}

export const manifestRules: Rules = {
  "gives back an image byte by byte, by digest and tag": async (registry, repository) => {
    const image = await prepareImage(registry, repository, { "vnd.custom": [1, { deep: null }] });
    const pushed = await pushManifest(registry, repository, image, ["v1"]);
    assert.deepEqual(pushed, { descriptor: image.descriptor, tags: ["v1"] });
    await assertStored(registry, repository, image, ["v1"]);
  },
  "takes an image by its digest alone": async (registry, repository) => {
    const image = await pushImage(registry, repository, []);
    await assertStored(registry, repository, image);
    await failsWith("MANIFEST_UNKNOWN", registry.getManifest(repository, "latest"));
  },
  "points several tags at one manifest": async (registry, repository) => {
    const image = await prepareImage(registry, repository);
    const { tags } = await pushManifest(registry, repository, image, ["a", "b", "c"]);
    assert.deepEqual([...tags].sort(), ["a", "b", "c"]);
    await assertStored(registry, repository, image, ["a", "b", "c"]);
  },
  "moves a tag, and keeps what it pointed at": async (registry, repository) => {
    const first = await pushImage(registry, repository, ["latest"]);
    const second = await pushImage(registry, repository, ["latest"]);
    await assertStored(registry, repository, second, ["latest"]);
    await assertStored(registry, repository, first);
  },
  "takes a manifest of 4 MiB": async (registry, repository) => {
    const annotations = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`key-${at}`, "x".repeat(10_000)]));
    const image = await pushImage(registry, repository, ["large"], { annotations });
    assert.ok(image.bytes.byteLength > 4_000_000);
    await assertStored(registry, repository, image, ["large"]);
  },
  "takes an image without layers, and one of sha512": async (registry, repository) => {
    const bare = await pushImage(registry, repository, ["bare"], { layers: [] });
    await assertStored(registry, repository, bare, ["bare"]);
    const { bytes } = await prepareImage(registry, repository);
    const digest = digestOf(bytes, "sha512");
    const descriptor = { mediaType: mediaTypes.ociManifest, digest, size: bytes.byteLength };
    await pushManifest(registry, repository, { bytes, descriptor }, ["long"]);
    await assertStored(registry, repository, { bytes, descriptor }, ["long"]);
  },
  "takes indexes: plain, nested, empty and sparse": async (registry, repository) => {
    const plain = indexOf([await pushImage(registry, repository, []), await pushImage(registry, repository, [])]);
    const nested = indexOf([plain]);
    const empty = indexOf([], { annotations: { is: "empty" } });
    const sparse = indexOf([manifestOf({ mediaType: mediaTypes.ociManifest })]);
    for (const index of [plain, nested, empty, sparse]) {
      await pushManifest(registry, repository, index, ["index"]);
      await assertStored(registry, repository, index, ["index"]);
    }
  },
  "takes artifacts of any type": async (registry, repository) => {
    const artifact = await pushImage(registry, repository, ["a"], { artifactType: "application/vnd.example+type" });
    await assertStored(registry, repository, artifact, ["a"]);
  },
  "takes Docker's manifests and lists": async (registry, repository) => {
    const mediaType = mediaTypes.dockerManifest;
    const image = await pushImage(registry, repository, ["docker"], { mediaType });
    await assertStored(registry, repository, { ...image, descriptor: { ...image.descriptor, mediaType } }, ["docker"]);
    const docker = indexOf([image], { mediaType: mediaTypes.dockerList });
    const index = { ...docker, descriptor: { ...docker.descriptor, mediaType: mediaTypes.dockerList } };
    await pushManifest(registry, repository, index, ["list"]);
    await assertStored(registry, repository, index, ["list"]);
  },
  "refuses an image whose blobs are missing, but not for layers that stay elsewhere": async (registry, repository) => {
    const missing = { ...randomBlob().descriptor, mediaType: "application/vnd.oci.image.layer.v1.tar" };
    const image = await prepareImage(registry, repository, { layers: [missing] });
    await failsWith("MANIFEST_BLOB_UNKNOWN", pushManifest(registry, repository, image, ["x"]));
    await failsWith("MANIFEST_UNKNOWN", registry.statManifest(repository, "x"));
    const mediaType = "application/vnd.oci.image.layer.nondistributable.v1.tar";
    await pushImage(registry, repository, ["x"], { layers: [{ ...missing, mediaType }] });
  },
  "refuses a manifest of another digest": async (registry, repository) => {
    const image = await prepareImage(registry, repository);
    const { digest } = randomBlob().descriptor;
    const mediaType = mediaTypes.ociManifest;
    await failsWith("DIGEST_INVALID", registry.pushManifest(repository, image.bytes, { mediaType, digest }));
    await failsWith("MANIFEST_UNKNOWN", registry.statManifest(repository, digest));
  },
  "refuses what is no manifest": async (registry, repository) => {
    for (const [text, mediaType] of [
      ["{", mediaTypes.ociManifest],
      ["<html>", "text/html"],
      ['{"schemaVersion":1,"fsLayers":[]}', "application/vnd.docker.distribution.manifest.v1+json"],
      ['{"schemaVersion":2,"manifests":[],"layers":[]}', mediaTypes.ociIndex],
    ] as const) {
      const pushing = registry.pushManifest(repository, Buffer.from(text), { mediaType, tags: ["bad"] });
      await failsWith("MANIFEST_INVALID", pushing);
    }
    await failsWith("MANIFEST_UNKNOWN", registry.statManifest(repository, "bad"));
  },
  "refuses tags that are none": async (registry, repository) => {
    const { bytes } = await prepareImage(registry, repository);
    for (const tag of ["-a", "a b", "", "x".repeat(129)]) {
      const pushing = registry.pushManifest(repository, bytes, { mediaType: mediaTypes.ociManifest, tags: [tag] });
      await failsWith("TAG_INVALID", pushing);
    }
  },
  "knows no manifest that was not pushed": async (registry, repository) => {
    const blob = randomBlob();
    await pushSpecimen(registry, repository, blob);
    for (const target of ["latest", randomBlob().descriptor.digest, blob.descriptor.digest]) {
      await failsWith("MANIFEST_UNKNOWN", registry.getManifest(repository, target));
      await failsWith("MANIFEST_UNKNOWN", registry.statManifest(repository, target));
    }
    assert.deepEqual(await list(registry.listTags(repository)), []);
  },
};
