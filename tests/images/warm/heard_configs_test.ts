import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { delegatedReader } from "../../../registry/delegated_registry.ts";
import { memoryRegistry, parseManifest, type RegistryReader } from "../../../registry/mod.ts";
import { HeardConfigs } from "../../../src/images/warm/heard_configs.ts";
import { collect, pushImage } from "../../registry/conformance/specimens.ts";

/** A registry with one image, and the blobs that it is asked for. */
async function open() {
  const registry = memoryRegistry();
  const { descriptor, bytes } = await pushImage(registry, "a", ["v1"]);
  const manifest = parseManifest(bytes, descriptor.mediaType);
  assert.ok(manifest.kind === "image");
  const asked: string[] = [];
  const getBlob: RegistryReader["getBlob"] = async (...call) => {
    asked.push(call[1]);
    return await registry.getBlob(...call);
  };
  const { config, layers } = manifest;
  const reader = delegatedReader(registry);
  return {
    registry: reader,
    descriptor,
    asked,
    getBlob,
    config: config.digest,
    layer: layers[0]?.digest ?? config.digest,
  };
}

async function read(
  { getBlob }: Pick<RegistryReader, "getBlob">,
  digest: Parameters<RegistryReader["getBlob"]>[1],
  options?: Parameters<RegistryReader["getBlob"]>[2],
): Promise<Buffer> {
  await using content = await getBlob("a", digest, options);
  return Buffer.from(await collect(content.body));
}

test("HeardConfigs ask once for the configuration that a manifest names, and each time for layers", async () => {
  const { registry, descriptor, asked, getBlob, config, layer } = await open();
  const reader = new HeardConfigs().reader("host", { getManifest: registry.getManifest, getBlob });
  await reader.getManifest("a", descriptor.digest);
  const first = await read(reader, config, { range: { first: 0 } });
  const again = await read(reader, config);
  assert.deepEqual(again, first);
  assert.deepEqual(first, await read(registry, config));
  for (let count = 0; count < 2; count++) await read(reader, layer);
  await read(reader, config, { range: { first: 1 } });
  assert.deepEqual(asked, [config, layer, layer, config]);
});

test("HeardConfigs are not given to who reads another repository or another source, or has seen no manifest", async () => {
  const { registry, descriptor, asked, getBlob, config } = await open();
  const heard = new HeardConfigs();
  const { getManifest } = registry;
  const reader = heard.reader("host", { getManifest, getBlob });
  await read(reader, config);
  await reader.getManifest("a", descriptor.digest);
  await read(reader, config);
  await read(heard.reader("elsewhere", { getManifest, getBlob }), config);
  await assert.rejects(reader.getBlob("b", config), { code: "BLOB_UNKNOWN" });
  assert.deepEqual(asked, [config, config, config, config]);
});

test("HeardConfigs do not remember what is wrong, or was not read to its end", async () => {
  const { registry, descriptor, asked, getBlob, config } = await open();
  let isWrong = true;
  const mixed: RegistryReader["getBlob"] = async (...call) => {
    const content = await getBlob(...call);
    const body = async function* () {
      for await (const bytes of content.body) yield isWrong ? bytes.map((byte) => byte ^ 1) : bytes;
    };
    return { ...content, body: body(), [Symbol.asyncDispose]: () => content[Symbol.asyncDispose]() };
  };
  const reader = new HeardConfigs().reader("host", {
    getManifest: registry.getManifest,
    getBlob: mixed,
  });
  await reader.getManifest("a", descriptor.digest);
  await read(reader, config);
  isWrong = false;
  {
    await using content = await reader.getBlob("a", config);
    for await (const _ of content.body) break;
  }
  assert.deepEqual(await read(reader, config), await read(registry, config));
  assert.equal(asked.length, 3);
});
