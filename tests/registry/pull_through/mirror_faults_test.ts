// A cache over HTTP in front of a mirror that does wrong and the registry that it mirrors.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { test } from "node:test";
import { type Clock, systemClock } from "../../../registry/client/clock.ts";
import { openRegistryClient } from "../../../registry/client/open_registry_client.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { openPullThrough } from "../../../registry/pull_through/pull_through_registry.ts";
import type { Upstream } from "../../../registry/pull_through/source.ts";
import { isRegistryError, RegistryError } from "../../../registry/registry_error.ts";
import { serveRegistry } from "../../../registry/server/serve_registry.ts";
import { type Fault, type FaultyServer, openFaultyServer } from "../client/faulty_server.ts";
import { collect, pushSpecimen, randomBlob, type Specimen } from "../conformance/specimens.ts";
import { listen } from "../server/test_server.ts";
import { type FaultMode, faultModes, spoilBlobs } from "./fault_modes.ts";

/** Time that passes ten times as slowly: a mirror that rests does so for longer than any of these tests takes. */
const slowClock: Clock = {
  now: () => Date.now() / 10,
  sleep: (delayMs, options) => systemClock.sleep(delayMs * 10, options),
};

const passAll: Fault = () => "pass";

/** Registries, a cache of them that is served, and all that has to be put away. */
async function openScene(faults: readonly Fault[], more: readonly Upstream[] = []) {
  const resources = new AsyncDisposableStack();
  const servers: FaultyServer[] = [];
  for (const fault of faults) servers.push(resources.use(await openFaultyServer(fault)));
  const upstreams = servers.map(({ host }, at): Upstream => {
    const client = resources.use(openRegistryClient(host, { retries: { attempts: 1 }, idleTimeoutMs: 20_000 }));
    return { name: `source ${at}`, registry: client };
  });
  const store = memoryRegistry({ checks: "nothing" });
  const cache = resources.use(
    openPullThrough({
      store,
      route: () => ({ repository: "app", upstreams: [...more, ...upstreams], tags: { kind: "fresh" } }),
      clock: slowClock,
      // A fifth of a second: a busy machine is no silent source.
      hedgeMs: 20,
      minimumRate: { bytesPerSecond: 1_000_000, windowMs: 10 },
    }),
  );
  const served = resources.use(await listen(createHttpServer(serveRegistry(cache))));
  const client = resources.use(openRegistryClient(served.host, { retries: { attempts: 1 } }));
  const read = async ({ descriptor }: Specimen, range?: { first: number; last: number }) => {
    await using content = await client.getBlob("app", descriptor.digest, range ? { range } : {});
    return await collect(content.body);
  };
  const isStored = ({ descriptor }: Specimen) =>
    store.statBlob("app", descriptor.digest).then(
      () => true,
      () => false,
    );
  const gets = (at: number) => servers[at]?.count(/^GET .*\/blobs\//) ?? assert.fail();
  return { servers, cache, served, read, isStored, gets, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function pushEverywhere(servers: readonly FaultyServer[], blob: Specimen): Promise<void> {
  for (const { registry } of servers) await pushSpecimen(registry, "app", blob);
}

/** What shows only after bytes have gone to the client: the try fails, and the next one succeeds. */
const late: readonly FaultMode[] = ["a wrong byte", "a byte too few", "a byte too many"];
const rows: Partial<Record<FaultMode, string>> = {
  "half and then nothing": "J 29, 36",
  "half and then a trickle": "J 30",
  "half and then a broken connection": "J 25",
  "a wrong byte": "J 31, 46",
  "a byte too few": "J 33",
  "a byte too many": "J 33",
};

for (const mode of Object.keys(faultModes) as FaultMode[]) {
  test(`a mirror that sends ${mode} costs no pull, and is left alone after it (${rows[mode] ?? "J 36"})`, async () => {
    const blob = randomBlob(400_000);
    await using scene = await openScene([spoilBlobs(mode, blob), passAll]);
    await pushEverywhere(scene.servers, blob);
    const read = late.includes(mode)
      ? await scene.read(blob).catch(async (error: unknown) => {
          assert.ok(isRegistryError(error, "UNAVAILABLE", "CORRUPT"), `${error}`);
          assert.equal(await scene.isStored(blob), false);
          return await scene.read(blob);
        })
      : await scene.read(blob);
    assert.ok(read.equals(blob.bytes));
    const before = scene.gets(0);
    const next = randomBlob(1000);
    await pushEverywhere(scene.servers, next);
    assert.ok((await scene.read(next)).equals(next.bytes));
    if (mode !== "404") assert.equal(scene.gets(0), before, "no request while it rests");
  });
}

test("a mirror whose port is closed, or that accepts and says nothing, costs no pull (J 36)", async () => {
  const silent = createServer();
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as { port: number };
  try {
    for (const host of ["127.0.0.1:1", `127.0.0.1:${port}`]) {
      using client = openRegistryClient(host, { retries: { attempts: 1 } });
      await using scene = await openScene([passAll], [{ name: "mirror", registry: client }]);
      const blob = randomBlob(1000);
      await pushEverywhere(scene.servers, blob);
      assert.ok((await scene.read(blob)).equals(blob.bytes));
    }
  } finally {
    silent.close();
  }
});

test("when both mirrors are down, the registry itself is used; when all are, the error names each (J 37)", async () => {
  const blob = randomBlob(1000);
  await using scene = await openScene([spoilBlobs("503", blob), spoilBlobs("no answer", blob), passAll]);
  await pushEverywhere(scene.servers, blob);
  assert.ok((await scene.read(blob)).equals(blob.bytes));
  await using dark = await openScene([spoilBlobs("503", blob), spoilBlobs("429", blob)]);
  const error: unknown = await dark.read(blob).catch((caught) => caught);
  assert.match(RegistryError.from(error).message, /source 0: .*503.*source 1: .*429/);
});

test("a blob that is wrong everywhere is CORRUPT over HTTP, and nothing of it is published (J 32)", async () => {
  const blob = randomBlob(400_000);
  await using scene = await openScene([spoilBlobs("a wrong byte", blob), spoilBlobs("a wrong byte", blob)]);
  await pushEverywhere(scene.servers, blob);
  for (let round = 0; round < 3; round++) {
    await assert.rejects(scene.read(blob), (error) => isRegistryError(error, "CORRUPT", "UNAVAILABLE"));
    assert.equal(await scene.isStored(blob), false);
  }
});

test("a connection is cut before the last byte of what is wrong (J 46)", async () => {
  const blob = randomBlob(400_000);
  await using scene = await openScene([spoilBlobs("a wrong byte", blob)]);
  await pushEverywhere(scene.servers, blob);
  const { digest } = blob.descriptor;
  const response = await fetch(`http://${scene.served.host}/v2/app/blobs/${digest}`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-length"), "400000");
  let got = 0;
  await assert.rejects(async () => {
    for await (const bytes of response.body ?? []) got += bytes.byteLength;
  });
  assert.ok(got < blob.bytes.byteLength, "a client that counts does not take it for whole");
});

test("eight cold clients over HTTP cause one request upstream, and each reads while it comes (J 43)", async () => {
  const blob = randomBlob(4_000_000);
  const open = Promise.withResolvers<void>();
  const half: Fault = async (request, response) => {
    if (!request.url?.includes("/blobs/")) return "pass";
    response.writeHead(200, { "content-length": blob.bytes.byteLength });
    response.write(blob.bytes.subarray(0, 2_000_000));
    await open.promise;
    response.end(blob.bytes.subarray(2_000_000));
    return "done";
  };
  await using scene = await openScene([half]);
  const url = `http://${scene.served.host}/v2/app/blobs/${blob.descriptor.digest}`;
  const begun = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const reader = (await fetch(url)).body?.getReader() ?? assert.fail();
      const first = (await reader.read()).value ?? assert.fail();
      return { reader, pieces: [first] };
    }),
  );
  assert.equal(await scene.isStored(blob), false, "each has bytes before the store has the whole");
  open.resolve();
  for (const { reader, pieces } of begun) {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) pieces.push(piece.value);
    assert.ok(Buffer.concat(pieces).equals(blob.bytes));
  }
  assert.equal(scene.gets(0), 1);
});

test("a cold range over HTTP is 206 with the right bytes, and the whole is stored (J 45)", async () => {
  const blob = randomBlob(400_000);
  await using scene = await openScene([passAll]);
  await pushEverywhere(scene.servers, blob);
  const headers = { range: "bytes=1000-1999" };
  const response = await fetch(`http://${scene.served.host}/v2/app/blobs/${blob.descriptor.digest}`, { headers });
  assert.equal(response.status, 206);
  assert.equal(response.headers.get("content-range"), "bytes 1000-1999/400000");
  assert.ok(Buffer.from(await response.arrayBuffer()).equals(blob.bytes.subarray(1000, 2000)));
  assert.ok((await scene.read(blob)).equals(blob.bytes));
  assert.equal(scene.gets(0), 1);
});
