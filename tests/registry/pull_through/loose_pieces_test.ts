// Pieces whose memory is freed as soon as they were sent: none of them is looked at after that.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { openRegistryClient } from "../../../registry/client/open_registry_client.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { openPullThrough, type PullThroughOptions } from "../../../registry/pull_through/pull_through_registry.ts";
import { serveRegistry } from "../../../registry/server/serve_registry.ts";
import { type Fault, openFaultyServer } from "../client/faulty_server.ts";
import { pushSpecimen, randomBlob, type Specimen } from "../conformance/specimens.ts";
import { listen } from "../server/test_server.ts";

/** A cache that is served, of a registry that has a blob and gives it so; reads the blob, or a range of it, from the cache. */
async function openScene(blob: Specimen, giving: Fault, options: Partial<PullThroughOptions> = {}) {
  const resources = new AsyncDisposableStack();
  const upstream = resources.use(await openFaultyServer(giving));
  await pushSpecimen(upstream.registry, "app", blob);
  const registry = resources.use(openRegistryClient(upstream.host, { retries: { attempts: 1 } }));
  const upstreams = [{ name: "upstream", registry }];
  const cache = resources.use(
    openPullThrough({
      store: memoryRegistry({ checks: "nothing" }),
      route: () => ({ repository: "app", upstreams, tags: { kind: "pinned" } }),
      ...options,
    }),
  );
  const { host } = resources.use(await listen(createServer(serveRegistry(cache))));
  const read = async (range?: string) => {
    const headers = range === undefined ? {} : { range: `bytes=${range}` };
    const answer = await fetch(`http://${host}/v2/app/blobs/${blob.descriptor.digest}`, { headers });
    return Buffer.from(await answer.arrayBuffer());
  };
  return { read, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

test("ranges of a blob that is passed and not kept are right, over many pieces", async () => {
  const blob = randomBlob(4_000_000);
  await using scene = await openScene(blob, () => "pass", { largestBytes: 1000 });
  const whole = Buffer.from(blob.bytes);
  for (const [first, last] of [
    [0, 1_999_999],
    [2_500_000, 3_499_999],
    [100, 200],
  ] as const) {
    assert.ok((await scene.read(`${first}-${last}`)).equals(whole.subarray(first, last + 1)), `${first}-${last}`);
  }
  assert.ok((await scene.read("3000000-")).equals(whole.subarray(3_000_000)));
  assert.ok((await scene.read()).equals(whole));
});

test("several clients have the same pieces, of which many share their memory", async () => {
  const blob = randomBlob(200_000);
  const open = Promise.withResolvers<void>();
  const inChunks: Fault = async (request, response) => {
    if (request.method !== "GET" || !request.url?.includes("/blobs/")) return "pass";
    // Small ones, of which a socket gives many at once.
    response.writeHead(200, { "docker-content-digest": blob.descriptor.digest });
    for (let at = 0; at < blob.bytes.byteLength; at += 100) {
      response.write(blob.bytes.subarray(at, at + 100));
      if (at === 100_000) await open.promise;
    }
    response.end();
    return "done";
  };
  await using scene = await openScene(blob, inChunks);
  const reading = Array.from({ length: 3 }, () => scene.read());
  const ranges = Array.from({ length: 300 }, () => scene.read("0-0"));
  await Promise.all(ranges);
  open.resolve();
  for (const bytes of await Promise.all(reading)) assert.ok(bytes.equals(Buffer.from(blob.bytes)));
});
