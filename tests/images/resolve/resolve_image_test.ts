import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../../registry/client/clock.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { parseReference, type Registry } from "../../../registry/mod.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import { type ResolveOptions, resolveImage } from "../../../src/images/resolve/resolve_image.ts";
import type { Sources } from "../../../src/images/resolve/sources.ts";
import { pushAttested } from "../../registry/conformance/attested_index.ts";
import {
  blobOf,
  indexOf,
  layerType,
  manifestOf,
  pushChart,
  pushManifest,
  pushNested,
  pushSpecimen,
  randomBlob,
  type Specimen,
} from "../../registry/conformance/specimens.ts";
import { openTestServer } from "../../registry/server/test_server.ts";
import { openSources } from "./opened_sources.ts";

const amd64 = { os: "linux", architecture: "amd64" } as const;
const arm64 = { os: "linux", architecture: "arm64" } as const;

/** An image with a configuration that says what it runs on. */
async function pushPlatform(
  registry: Registry,
  repository: string,
  platform: object,
  tags: string[] = [],
): Promise<Specimen> {
  const config = blobOf(new TextEncoder().encode(JSON.stringify({ ...platform, rootfs: {} })));
  const layer = randomBlob(2000);
  for (const blob of [config, layer]) await pushSpecimen(registry, repository, blob);
  const manifest = manifestOf({
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
    config: { ...config.descriptor, mediaType: mediaTypes.ociConfig },
    layers: [{ ...layer.descriptor, mediaType: layerType }],
  });
  await pushManifest(registry, repository, manifest, tags);
  return { ...manifest, descriptor: { ...manifest.descriptor, platform: { ...amd64, ...platform } } };
}

function resolve(sources: Sources, text: string, options: Partial<ResolveOptions> = {}) {
  const { signal } = new AbortController();
  return resolveImage(parseReference(text), { sources, platform: amd64, clock: systemClock, signal, ...options });
}

test("an index resolves to the image that runs best on the platform", async () => {
  const content = memoryRegistry();
  const images = [await pushPlatform(content, "app", arm64), await pushPlatform(content, "app", amd64)];
  const index = indexOf(images);
  await pushManifest(content, "app", index, ["v1"]);
  await using server = await openTestServer(content);
  await using opened = await openSources("");
  for (const [platform, at] of [
    [arm64, 0],
    [amd64, 1],
  ] as const) {
    const { outcome, name } = await resolve(opened.sources, `${server.host}/app:v1`, { platform });
    assert.equal(name, `${server.host}/app:v1`);
    assert.equal(outcome.kind, "resolved");
    const { image, top, platform: own, layers, offered, bytes } = outcome.image;
    assert.equal(top.digest, index.descriptor.digest);
    assert.equal(image.digest, images[at]?.descriptor.digest);
    assert.deepEqual(own, platform);
    assert.deepEqual(offered, [arm64, amd64]);
    assert.equal(layers, 1);
    assert.ok(bytes > 2000);
  }
});

test("an image for another platform alone does not resolve, and what it is for is told", async () => {
  const content = memoryRegistry();
  const image = await pushPlatform(content, "app", arm64, ["alone"]);
  await pushManifest(content, "app", indexOf([image]), ["index"]);
  await pushAttested(content, "app", { "linux/arm64": image }, ["attested"]);
  await using server = await openTestServer(content);
  await using opened = await openSources("");
  for (const tag of ["alone", "index", "attested"]) {
    const { outcome } = await resolve(opened.sources, `${server.host}/app:${tag}`);
    assert.equal(outcome.kind, "failed");
    assert.equal(outcome.by, "image");
    assert.match(String(outcome.error), /it is not made for linux\/amd64, but for linux\/arm64$/);
  }
});

test("an artifact does not resolve, as no pull would take it, and its type is told", async () => {
  const content = memoryRegistry();
  const chart = await pushChart(content, "app", ["chart"]);
  await pushNested(content, "app", { image: chart, platform: amd64, depth: 1 }, ["below"]);
  await using server = await openTestServer(content);
  await using opened = await openSources("");
  for (const tag of ["chart", "below"]) {
    const { outcome } = await resolve(opened.sources, `${server.host}/app:${tag}`);
    assert.ok(outcome.kind === "failed");
    assert.equal(outcome.by, "image");
    assert.match(String(outcome.error), /it is no image but an artifact of type "application\/vnd\.cncf\.helm\.config/);
  }
});

test("indexes are followed through four in one another, and no further", async () => {
  const content = memoryRegistry();
  const image = await pushPlatform(content, "app", amd64);
  for (const depth of [4, 5]) {
    await pushNested(content, "app", { image, platform: amd64, depth }, [`deep${depth}`]);
  }
  await using server = await openTestServer(content);
  await using opened = await openSources("");
  const { outcome: found } = await resolve(opened.sources, `${server.host}/app:deep4`);
  assert.equal(found.kind === "resolved" && found.image.image.digest, image.descriptor.digest);
  const { outcome: lost } = await resolve(opened.sources, `${server.host}/app:deep5`);
  assert.ok(lost.kind === "failed");
  assert.equal(lost.by, "image");
  assert.equal(String(lost.error), "RegistryError: it leads to other indexes only");
});

test("a digest is looked for at sources of blobs, a tag at sources of tags", async () => {
  const content = memoryRegistry();
  const image = await pushPlatform(content, "app", amd64, ["v1"]);
  await using blobs = await openTestServer(content);
  await using itself = await openTestServer(content);
  await using opened = await openSources(
    `registries: { "${itself.host}": { mirrors: [{ address: "http://${blobs.host}", capabilities: [blobs] }] } }\n`,
  );
  for (const [target, from] of [
    [":v1", itself.host],
    [`@${image.descriptor.digest}`, blobs.host],
  ] as const) {
    const { outcome, attempts } = await resolve(opened.sources, `${itself.host}/app${target}`);
    assert.equal(outcome.kind, "resolved");
    assert.equal(outcome.image.from.host, from);
    assert.deepEqual(
      attempts.map(({ host, outcome: how }) => [host, how]),
      [
        [from, "answered"],
        [blobs.host, "answered"],
        [blobs.host, "answered"],
      ],
    );
  }
});

test("the registry itself is asked when mirrors are down, and each of them is told of (J 37)", async () => {
  const content = memoryRegistry();
  await pushPlatform(content, "app", amd64, ["v1"]);
  await using empty = await openTestServer(memoryRegistry());
  await using itself = await openTestServer(content);
  await using opened = await openSources(
    `registries: { "${itself.host}": { mirrors: ["http://127.0.0.1:1", "http://${empty.host}"] } }\n`,
  );
  const { outcome, attempts } = await resolve(opened.sources, `${itself.host}/app:v1`);
  assert.equal(outcome.kind, "resolved");
  assert.equal(outcome.image.from.role, "registry");
  const [down, lacking, well] = attempts;
  assert.match(down?.error ?? "", /127.0.0.1:1.*ECONNREFUSED|refused|connect/i);
  assert.equal(lacking?.outcome, "failed");
  assert.deepEqual([well?.host, well?.outcome], [itself.host, "answered"]);
});

test("when nobody has it, every source is told of with its cause (J 37)", async () => {
  await using empty = await openTestServer(memoryRegistry());
  await using opened = await openSources(`registries: { "${empty.host}": { mirrors: ["http://127.0.0.1:1"] } }\n`);
  const { outcome, attempts } = await resolve(opened.sources, `${empty.host}/app:v1`);
  assert.deepEqual([outcome.kind, outcome.kind === "failed" && outcome.by], ["failed", "sources"]);
  assert.deepEqual(
    attempts.map(({ host, outcome: how }) => [host, how]),
    [
      ["127.0.0.1:1", "failed"],
      [empty.host, "failed"],
    ],
  );
});

for (const text of ["127.0.0.1:1/app", `127.0.0.1:1/app:v1@sha256:${"a".repeat(64)}`]) {
  test(`the name of ${text.slice(0, 20)} is told in the spelling by which images are compared (J 3)`, async () => {
    await using opened = await openSources("");
    const { name } = await resolve(opened.sources, text);
    assert.equal(name, text.includes("@") ? text.replace(":v1", "") : `${text}:latest`);
  });
}
