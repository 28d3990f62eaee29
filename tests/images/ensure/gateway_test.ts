import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { mediaTypes, memoryRegistry } from "../../../registry/mod.ts";
import { openGateway } from "../../../src/images/ensure/gateway.ts";
import { ImageLookup } from "../../../src/images/ensure/image_lookup.ts";
import { PullBook } from "../../../src/images/ensure/pull_book.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { blobOf, layerType, manifestOf, pushManifest, pushSpecimen } from "../../registry/conformance/specimens.ts";

const megabyte = 1_000_000;

/** A gateway of an image of two layers, the lower one too large for the buffers between it and who asks; and a way to ask. */
async function open(path: string, held: AsyncDisposableStack) {
  const registry = memoryRegistry();
  const layers = [blobOf(randomBytes(64 * megabyte)), blobOf(randomBytes(3 * megabyte))];
  const config = blobOf(new TextEncoder().encode("{}"));
  for (const blob of [config, ...layers]) await pushSpecimen(registry, "app", blob);
  const image = manifestOf({
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
    config: { ...config.descriptor, mediaType: mediaTypes.ociConfig },
    layers: layers.map(({ descriptor }) => ({ ...descriptor, mediaType: layerType })),
  });
  await pushManifest(registry, "app", image, ["v1"]);
  const route = {
    ...{ repository: "app", upstreams: [{ name: "r", registry }], direct: "allowed" as const },
    [Symbol.dispose]: () => undefined,
  };
  using lookup = new ImageLookup("app", route);
  const platform = { os: "linux", architecture: "amd64" };
  const resolved = await lookup.resolve("v1", platform, { signal: new AbortController().signal });
  const clock = new FakeClock();
  const failures: unknown[] = [];
  const gateway = held.use(
    await openGateway({
      ...{ resolved, route, folder: path, clock, giving: "as they come" },
      book: new PullBook(resolved.manifest.layers, { clock, tell: () => undefined }),
      failed: (_, error) => failures.push(error),
    }),
  );
  const { auth } = gateway;
  const login = auth.kind === "password" ? btoa(`${auth.username}:${auth.password}`) : "";
  const ask = async (index: number) => {
    const url = `http://${gateway.host}/v2/app/blobs/${layers[index]?.descriptor.digest}`;
    const { body } = await fetch(url, { headers: { authorization: `Basic ${login}` } });
    const reader = (body ?? assert.fail()).getReader();
    held.defer(() => reader.cancel().catch(() => undefined));
    return reader;
  };
  return { clock, ask, failures };
}

/** Reads to the end; `came` counts meanwhile. */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>, came: { bytes: number }): Promise<void> {
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    came.bytes += value?.byteLength ?? 0;
  }
}

test("a gateway gives a lower layer that comes fast before a higher one", async () => {
  await using fixture = await openFixture();
  await using held = new AsyncDisposableStack();
  const { clock, ask, failures } = await open(fixture.path, held);
  const low = await ask(0);
  await low.read();
  const came = { bytes: 0 };
  const high = drain(await ask(1), came);
  // Time stands still: whatever is to come without it has come when nothing more does.
  for (let before = -1; before < came.bytes; ) {
    before = came.bytes;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.ok(came.bytes < 3 * megabyte, `${came.bytes} have come`);
  await drain(low, { bytes: 0 });
  const moving = setInterval(() => clock.advance(10), 5);
  held.defer(() => clearInterval(moving));
  await high;
  assert.equal(came.bytes, 3 * megabyte);
  assert.deepEqual(failures, []);
});
