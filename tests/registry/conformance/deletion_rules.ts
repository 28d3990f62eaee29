import assert from "node:assert/strict";
import type { Rules } from "./conformance.ts";
import { failsWith } from "./failure.ts";
import { collect, list, pushImage, pushSpecimen, randomBlob } from "./specimens.ts";

export const deletionRules: Rules = {
  "deletes a tag and keeps its manifest": async (registry, repository) => {
    const { descriptor } = await pushImage(registry, repository, ["a", "b"]);
    await registry.deleteTag(repository, "a");
    await failsWith("MANIFEST_UNKNOWN", registry.statManifest(repository, "a"));
    assert.deepEqual(await registry.statManifest(repository, "b"), descriptor);
    assert.deepEqual(await list(registry.listTags(repository)), ["b"]);
  },
  "deletes a manifest with all its tags, and no other": async (registry, repository) => {
    const { descriptor } = await pushImage(registry, repository, ["a", "b"]);
    const other = await pushImage(registry, repository, ["c"]);
    await registry.deleteManifest(repository, descriptor.digest);
    for (const target of ["a", "b", descriptor.digest]) {
      await failsWith("MANIFEST_UNKNOWN", registry.getManifest(repository, target));
    }
    assert.deepEqual(await registry.statManifest(repository, "c"), other.descriptor);
    assert.deepEqual(await list(registry.listTags(repository)), ["c"]);
  },
  "takes a manifest again that was deleted": async (registry, repository) => {
    const image = await pushImage(registry, repository, ["a"]);
    const { mediaType, digest } = image.descriptor;
    await registry.deleteManifest(repository, digest);
    await registry.pushManifest(repository, image.bytes, { mediaType, tags: ["a"] });
    assert.deepEqual(await registry.statManifest(repository, "a"), image.descriptor);
  },
  "deletes a blob of one repository and leaves it to others": async (registry, repository) => {
    const blob = randomBlob();
    const { digest } = blob.descriptor;
    const other = `${repository}/other`;
    await pushSpecimen(registry, repository, blob);
    await registry.mountBlob(other, digest, { from: repository });
    await registry.deleteBlob(repository, digest);
    await failsWith("BLOB_UNKNOWN", registry.getBlob(repository, digest));
    await using content = await registry.getBlob(other, digest);
    assert.deepEqual(await collect(content.body), Buffer.from(blob.bytes));
  },
  "deletes nothing that is not there": async (registry, repository) => {
    const { digest } = randomBlob().descriptor;
    await failsWith("BLOB_UNKNOWN", registry.deleteBlob(repository, digest));
    await failsWith("MANIFEST_UNKNOWN", registry.deleteManifest(repository, digest));
    await failsWith("MANIFEST_UNKNOWN", registry.deleteTag(repository, "latest"));
    await failsWith("NAME_UNKNOWN", list(registry.listTags(repository)));
  },
  "does not delete the bytes of a manifest as a blob": async (registry, repository) => {
    const { descriptor } = await pushImage(registry, repository, ["a"]);
    await failsWith("DENIED", registry.deleteBlob(repository, descriptor.digest));
    assert.deepEqual(await registry.statManifest(repository, "a"), descriptor);
  },
};
