import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { StoreRegistry } from "../../../registry/store/store_registry.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import { failsWith } from "../conformance/failure.ts";
import {
  layerType,
  manifestOf,
  pushManifest,
  pushSpecimen,
  randomBlob,
  type Specimen,
} from "../conformance/specimens.ts";
import { layoutFolder, openQuickly } from "../layout/layout_folder.ts";

/** Pushes an image of the given layers, with a config of its own. */
async function push(registry: StoreRegistry, repository: string, layers: readonly Specimen[], tags: string[] = []) {
  const config = randomBlob(50);
  for (const blob of [config, ...layers]) await pushSpecimen(registry, repository, blob);
  const image = manifestOf({
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
    config: { ...config.descriptor, mediaType: mediaTypes.ociConfig },
    layers: layers.map(({ descriptor }) => ({ ...descriptor, mediaType: layerType })),
  });
  await pushManifest(registry, repository, image, tags);
  return { ...image, ownSize: image.descriptor.size + 50 };
}

const openers = {
  memory: async () => ({
    registry: memoryRegistry() as StoreRegistry,
    [Symbol.asyncDispose]: async () => undefined,
  }),
  layout: async () => {
    const folder = await layoutFolder();
    const registry = await openQuickly(folder.root);
    return { registry, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  },
};

for (const [name, open] of Object.entries(openers)) {
  test(`measureImages() of ${name} tells what a tag shares from what it has alone`, async () => {
    await using subject = await open();
    const { registry } = subject;
    const [base, first, second, elsewhere] = [1000, 200, 300, 4000].map((size) => randomBlob(size)) as [
      Specimen,
      Specimen,
      Specimen,
      Specimen,
    ];
    const one = await push(registry, "a", [base, first, elsewhere], ["v1"]);
    const two = await push(registry, "a", [base, second], ["v2"]);
    await push(registry, "b", [elsewhere]);
    await pushSpecimen(registry, "a", randomBlob(9999));
    const { tags, bytes, ownBytes } = await registry.measureImages("a");
    assert.deepEqual(
      tags.map(({ tag, digest, bytes, ownBytes }) => ({ tag, digest, bytes, ownBytes })),
      [
        { tag: "v1", digest: one.descriptor.digest, bytes: 5200 + one.ownSize, ownBytes: 200 + one.ownSize },
        { tag: "v2", digest: two.descriptor.digest, bytes: 1300 + two.ownSize, ownBytes: 300 + two.ownSize },
      ],
    );
    assert.equal(bytes, 5500 + one.ownSize + two.ownSize, "each blob once, and none that no manifest names");
    assert.equal(ownBytes, bytes - 4000);
    await registry.mountBlob("c", base.descriptor.digest, { from: "a" });
    assert.equal((await registry.measureImages("a")).ownBytes, bytes - 5000);
  });

  test(`measureImages() of ${name} adds up the images of an index that are there, and names their platforms`, async () => {
    await using subject = await open();
    const { registry } = subject;
    const layer = randomBlob(700);
    const image = await push(registry, "a", [layer]);
    const missing = manifestOf({ ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest }, x: 1 });
    const index = manifestOf({
      ...{ schemaVersion: 2, mediaType: mediaTypes.ociIndex },
      manifests: [
        { ...image.descriptor, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
        { ...missing.descriptor, platform: { os: "linux", architecture: "s390x" } },
      ],
    });
    await pushManifest(registry, "a", index, ["v1", "latest"]);
    const { tags, bytes } = await registry.measureImages("a");
    const whole = 700 + image.ownSize + index.descriptor.size;
    assert.deepEqual(
      tags.map(({ tag, platforms, bytes, ownBytes, mediaType }) => [tag, platforms.length, bytes, ownBytes, mediaType]),
      [
        ["latest", 1, whole, 0, mediaTypes.ociIndex],
        ["v1", 1, whole, 0, mediaTypes.ociIndex],
      ],
    );
    assert.match(tags[0]?.platforms[0] ?? "", /^linux\/arm64/);
    assert.equal(bytes, whole);
    await registry.deleteTag("a", "latest");
    assert.equal((await registry.measureImages("a")).tags[0]?.ownBytes, whole, "the other tag was all that shared it");
  });

  test(`measureImages() of ${name} knows no repository that is not there`, async () => {
    await using subject = await open();
    await failsWith("NAME_UNKNOWN", subject.registry.measureImages("none"));
  });
}
