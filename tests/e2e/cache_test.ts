// The pull-through cache as the compiled program serves it, in front of registries that fail.
import assert from "node:assert/strict";
import { readdir, stat, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { openRegistryClient } from "../../registry/client/open_registry_client.ts";
import type { Digest } from "../../registry/values/digest.ts";
import { answer, type Fault, openFaultyServer } from "../registry/client/faulty_server.ts";
import { collect, pushImage, pushSpecimen, randomBlob } from "../registry/conformance/specimens.ts";
import { testOnBinary } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { openStoreFolder, type ServedRegistry, serveRegistry } from "./served_registry.ts";
import { openSmallDisk } from "./small_disk.ts";

const passAll: Fault = () => "pass";

/** What the log says, when it says it. */
function told({ command }: ServedRegistry, pattern: RegExp): Promise<string> {
  return eventually(`${pattern} in the log`, () => pattern.exec(command.stderr)?.[0]);
}

async function readBlob(host: string, repository: string, digest: Digest): Promise<Buffer> {
  using client = openRegistryClient(host);
  await using content = await client.getBlob(repository, digest);
  return await collect(content.body);
}

testOnBinary(
  "a cache holds itself to its size, and knows after a restart what was read last (J 60)",
  async (binary) => {
    await using folder = await openStoreFolder();
    await using upstream = await openFaultyServer(passAll);
    const layers = new Map([..."abc"].map((name) => [name, randomBlob(1_000_000)]));
    for (const [name, layer] of layers) await pushSpecimen(upstream.registry, name, layer);
    const digestOf = (name: string) => layers.get(name)?.descriptor.digest ?? assert.fail();
    const serve = (size: string) => {
      const args = [
        "--store",
        folder.path,
        "--upstream",
        `lab=${upstream.host}`,
        "--cache-size",
        size,
        "--pin",
        "lab/b",
      ];
      return serveRegistry(binary, args, { MESOS_DOCKER_LOG: "info" });
    };
    {
      await using cache = await serve("10m");
      for (const name of ["a", "b", "c", "a"]) await readBlob(cache.host, `lab/${name}`, digestOf(name));
      assert.doesNotMatch(cache.command.stderr, /evicted/);
    }
    await using cache = await serve("2300000");
    const line = await told(cache, /^.*evicted.*$/m);
    assert.match(line, /lab\/c/, "a was read after it, and b is pinned");
    assert.match(line, /1000000/);
    const before = upstream.count(/blobs/);
    for (const name of ["a", "b"]) await readBlob(cache.host, `lab/${name}`, digestOf(name));
    assert.equal(upstream.count(/blobs/), before);
  },
);

for (const access of ["with credentials", "without credentials"] as const) {
  testOnBinary(`a cache starts ${access} while upstream is away, and serves what it has (J 42)`, async (binary) => {
    await using folder = await openStoreFolder();
    const basic = `Basic ${Buffer.from("alice:secret").toString("base64")}`;
    const login: Fault = (request, response) => {
      if (access === "without credentials" || request.headers.authorization === basic) return "pass";
      return answer(response, 401, { "www-authenticate": 'Basic realm="upstream"' }, "{}");
    };
    const upstream = await openFaultyServer(login);
    const { host } = upstream;
    const auths = { [host]: { auth: basic.slice("Basic ".length) } };
    await writeFile(join(folder.path, "config.json"), JSON.stringify(access === "with credentials" ? { auths } : {}));
    const store = join(folder.path, "store");
    const serve = () =>
      serveRegistry(binary, ["--store", store, "--upstream", `lab=${host}`], { DOCKER_CONFIG: folder.path });
    const image = await pushImage(upstream.registry, "team/app", ["v1"]);
    const { layers } = JSON.parse(Buffer.from(image.bytes).toString());
    {
      await using cache = await serve();
      using client = openRegistryClient(cache.host);
      await client.getManifest("lab/team/app", "v1");
      await readBlob(cache.host, "lab/team/app", layers[0].digest);
      await upstream[Symbol.asyncDispose]();
    }
    await using cache = await serve();
    using client = openRegistryClient(cache.host, { retries: { attempts: 1 } });
    assert.equal((await client.getManifest("lab/team/app", "v1")).descriptor.digest, image.descriptor.digest);
    await client.getManifest("lab/team/app", image.descriptor.digest);
    assert.equal((await readBlob(cache.host, "lab/team/app", layers[0].digest)).byteLength, layers[0].size);
    await assert.rejects(client.getManifest("lab/team/app", "v2"), { code: "UNAVAILABLE" });
    await told(cache, /stale/);
  });
}

/** Sends the beginning of a blob and then nothing more, the first time; counts the bytes of all that it sends. */
function stallOnce(bytes: Uint8Array, stallsAt: number) {
  const sent: { from: number; count: number }[] = [];
  const fault: Fault = (request: IncomingMessage, response: ServerResponse) => {
    if (request.method !== "GET" || !request.url?.includes("/blobs/")) return "pass";
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const end = sent.length === 0 ? stallsAt : bytes.byteLength;
    sent.push({ from, count: end - from });
    response.writeHead(from === 0 ? 200 : 206, {
      "content-length": bytes.byteLength - from,
      ...(from === 0 ? {} : { "content-range": `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}` }),
    });
    response.write(bytes.subarray(from, end));
    if (end === bytes.byteLength) response.end();
    return "done";
  };
  return { fault, sent };
}

testOnBinary(
  "a cache that is killed in the middle of a blob goes on there, and fetches nothing twice (J 50)",
  async (binary) => {
    const [mebibyte, size, stallsAt] = [1024 * 1024, 8_000_000, 5_500_000];
    await using folder = await openStoreFolder();
    const blob = randomBlob(size);
    const { fault, sent } = stallOnce(blob.bytes, stallsAt);
    await using upstream = await openFaultyServer(fault);
    const args = ["--store", folder.path, "--upstream", `lab=${upstream.host}`];
    const killed = await serveRegistry(binary, args);
    const reading = readBlob(killed.host, "lab/app", blob.descriptor.digest);
    reading.catch(() => undefined);
    const uploads = join(folder.path, "repositories/lab+app/uploads");
    const stored = await eventually("all but a buffer of what was sent", async () => {
      const [name] = await readdir(uploads).catch(() => []);
      const found = name === undefined ? 0 : (await stat(join(uploads, name))).size;
      return found > stallsAt - mebibyte && found;
    });
    killed.command.interrupt("SIGKILL");
    assert.equal((await killed.command.result).end, "SIGKILL");
    await using cache = await serveRegistry(binary, args);
    assert.deepEqual(await readBlob(cache.host, "lab/app", blob.descriptor.digest), Buffer.from(blob.bytes));
    await assert.rejects(reading);
    assert.deepEqual(
      sent.map(({ from }) => from),
      [0, stored - 1],
    );
    const fetched = sent.reduce((sum, { count }) => sum + count, 0);
    assert.ok(fetched <= size + mebibyte, `${fetched} bytes were fetched for ${size}`);
  },
);

testOnBinary(
  "a cache whose disk is full makes room, and gives what does not fit all the same (J 55)",
  async (binary) => {
    await using disk = await openSmallDisk(6_000_000);
    await using upstream = await openFaultyServer(passAll);
    const [old, next, huge] = [3_000_000, 4_000_000, 9_000_000].map((size) => randomBlob(size));
    const serve = (...args: string[]) =>
      serveRegistry(binary, ["--store", disk.path, "--upstream", `lab=${upstream.host}`, ...args], {
        MESOS_DOCKER_LOG: "info",
      });
    const read = async (host: string, blob = old) => {
      assert.ok(blob);
      await pushSpecimen(upstream.registry, "app", blob);
      assert.ok((await readBlob(host, "lab/app", blob.descriptor.digest)).equals(blob.bytes));
    };
    const uploads = () => readdir(join(disk.path, "repositories/lab+app/uploads"));
    {
      await using cache = await serve("--cache-size", "1g");
      await read(cache.host, old);
      await read(cache.host, next);
      await told(cache, /evicted.*bytes=3000000/);
      assert.equal(upstream.count(/GET .*blobs/), 2, "the transfer went on where it was");
      await read(cache.host, huge);
      await told(cache, /pulled without keeping it/);
      await eventually("the end of what did not fit", async () => (await uploads()).length === 0);
    }
    await using cache = await serve();
    await read(cache.host, old);
    await read(cache.host, next);
    const before = upstream.count(/GET .*blobs/);
    await read(cache.host, old);
    assert.equal(upstream.count(/GET .*blobs/), before, "without a size nothing goes");
  },
  { needs: "root" },
);
