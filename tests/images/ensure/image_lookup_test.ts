import assert from "node:assert/strict";
import { test } from "node:test";
import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import { formatPlatform, type Platform } from "../../../registry/values/platform.ts";
import { parseReference } from "../../../registry/values/reference.ts";
import { ConfigFile } from "../../../src/images/config/config_file.ts";
import { HostLimits } from "../../../src/images/config/host_limits.ts";
import { openHostRoute } from "../../../src/images/ensure/host_route.ts";
import { ImageLookup } from "../../../src/images/ensure/image_lookup.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { pushAttested } from "../../registry/conformance/attested_index.ts";
import {
  blobOf,
  pushChart,
  pushImage,
  pushNested,
  pushSpecimen,
  randomBlob,
} from "../../registry/conformance/specimens.ts";
import { openTestServer } from "../../registry/server/test_server.ts";

const { signal } = new AbortController();
const amd64 = { os: "linux", architecture: "amd64" };
const arm64 = { os: "linux", architecture: "arm64" };

function lookUp(registry: Registry, target: string, platform: Platform = amd64, platformIs?: "wished") {
  const route = { repository: "app", upstreams: [{ name: "r", registry }], direct: "forbidden" } as const;
  const lookup = new ImageLookup("app", { ...route, [Symbol.dispose]: () => undefined });
  return lookup
    .resolve(target, platform, { signal, ...(platformIs && { platformIs }) })
    .finally(() => lookup[Symbol.dispose]());
}

test("ImageLookup asks a mirror for nothing but what it is configured for", async () => {
  const [current, stale] = [memoryRegistry(), memoryRegistry()];
  const image = await pushImage(current, "app", ["v1"]);
  await pushImage(stale, "app", ["v1"]);
  await using itself = await openTestServer(current);
  const asked: string[] = [];
  await using mirror = await openTestServer(stale, { onServed: ({ url }) => asked.push(url) });
  await using fixture = await openFixture();
  const text = `registries: { "${itself.host}": { mirrors: [{ address: "http://${mirror.host}", capabilities: [blobs] }] } }`;
  const variables = { MESOS_DOCKER_CONFIG: await fixture.write("config.yaml", text) };
  const config = ConfigFile.open({ variables, log: silentLog });
  const parts = { config, variables, log: silentLog, limits: new HostLimits() };
  using route = openHostRoute(parseReference(`${itself.host}/app:v1`), parts);
  using lookup = new ImageLookup("app", route);
  assert.equal((await lookup.stat("v1", { signal })).digest, image.descriptor.digest);
  const { manifest } = await lookup.resolve("v1", amd64, { signal });
  assert.deepEqual(asked, []);
  await lookup.readConfig(manifest, { signal });
  assert.deepEqual(asked, [`/v2/app/blobs/${manifest.config.digest}`]);
});

test("ImageLookup takes the image of a platform from an index with attestations, and never an attestation", async () => {
  const registry = memoryRegistry();
  const images = {
    "linux/amd64": await pushImage(registry, "app", []),
    "linux/arm64": await pushImage(registry, "app", []),
  };
  const { index } = await pushAttested(registry, "app", images, ["v1"]);
  for (const platform of [amd64, arm64]) {
    const { top, own } = await lookUp(registry, "v1", platform);
    assert.equal(top.descriptor.digest, index.descriptor.digest);
    assert.equal(own.descriptor.digest, images[formatPlatform(platform) as keyof typeof images].descriptor.digest);
  }
  await assert.rejects(lookUp(registry, "v1", { os: "linux", architecture: "s390x" }), {
    code: "refused",
    message: 'Cannot get image "app": it is not made for linux/s390x, but for linux/amd64, linux/arm64',
  });
});

test("ImageLookup refuses an image of no index for another platform when one is wished for, and reads its configuration only then", async () => {
  const registry = memoryRegistry();
  const config = blobOf(new TextEncoder().encode(JSON.stringify({ os: "linux", architecture: "amd64" })));
  await pushSpecimen(registry, "app", config);
  const image = await pushImage(registry, "app", ["one"], {
    config: { ...config.descriptor, mediaType: mediaTypes.ociConfig },
  });
  await pushNested(registry, "app", { image, platform: arm64, depth: 1 }, ["index"]);
  const nameless = await pushImage(registry, "app", ["nameless"]);
  const asked: string[] = [];
  const watched = {
    ...delegatedRegistry(registry),
    getBlob: (...[repository, digest, options]: Parameters<Registry["getBlob"]>) => {
      asked.push(digest);
      return registry.getBlob(repository, digest, options);
    },
  };
  const digestOf = async (...words: [target: string, platform?: Platform, platformIs?: "wished"]) =>
    (await lookUp(watched, ...words)).own.descriptor.digest;
  assert.equal(await digestOf("one", arm64), image.descriptor.digest);
  assert.equal(await digestOf("index", arm64, "wished"), image.descriptor.digest);
  assert.deepEqual(asked, []);
  assert.equal(await digestOf("one", amd64, "wished"), image.descriptor.digest);
  assert.deepEqual(asked, [config.descriptor.digest]);
  assert.equal(await digestOf("nameless", arm64, "wished"), nameless.descriptor.digest);
  for (const [platform, name] of [
    [arm64, "linux/arm64"],
    [{ os: "windows", architecture: "amd64" }, "windows/amd64"],
  ] as const) {
    await assert.rejects(digestOf("one", platform, "wished"), {
      code: "refused",
      message: `Cannot get image "app": it is not made for ${name}, but for linux/amd64`,
    });
  }
});

test("ImageLookup follows four indexes in one another, and refuses more", async () => {
  const registry = memoryRegistry();
  const image = await pushImage(registry, "app", []);
  for (const depth of [4, 5]) {
    await pushNested(registry, "app", { image, platform: amd64, depth }, [`deep${depth}`]);
  }
  assert.equal((await lookUp(registry, "deep4")).own.descriptor.digest, image.descriptor.digest);
  await assert.rejects(lookUp(registry, "deep5"), {
    code: "refused",
    message: 'Cannot get image "app": it leads to other indexes only',
  });
});

test("ImageLookup refuses what is no image, also below an index, and before anything of it is fetched", async () => {
  const registry = memoryRegistry();
  const chart = await pushChart(registry, "app", ["chart"]);
  await pushNested(registry, "app", { image: chart, platform: amd64, depth: 1 }, ["below"]);
  registry.getBlob = () => assert.fail("a blob is fetched");
  for (const target of ["chart", "below"]) {
    await assert.rejects(lookUp(registry, target), {
      name: "ImageError",
      code: "refused",
      message:
        /^Cannot get image "app": it is no image but an artifact of type "application\/vnd\.cncf\.helm\..*: name an/,
    });
  }
});

test("ImageLookup reads no configuration above eight megabytes", async () => {
  const registry = memoryRegistry();
  const route = { repository: "app", upstreams: [{ name: "r", registry }], direct: "forbidden" } as const;
  using lookup = new ImageLookup("app", { ...route, [Symbol.dispose]: () => undefined });
  const config = randomBlob(100);
  await pushSpecimen(registry, "app", config);
  const read = (size: number) =>
    lookup.readConfig({ kind: "image", mediaType: "", config: { ...config.descriptor, size }, layers: [] }, { signal });
  assert.deepEqual(await read(100), Buffer.from(config.bytes));
  await assert.rejects(read(8 * 1024 * 1024 + 1), {
    code: "refused",
    message: 'Cannot get image "app": its configuration has 8388609 bytes, more than 8388608',
  });
});
