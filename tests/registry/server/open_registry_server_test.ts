import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import { openRegistryServer } from "../../../registry/server/open_registry_server.ts";
import { inTime } from "../../fakes/waiting.ts";
import { failsWith } from "../conformance/failure.ts";
import { randomBlob } from "../conformance/specimens.ts";
import { ask } from "./raw_request.ts";

test("openRegistryServer() takes a port of its own and says where it is", async () => {
  await using server = await openRegistryServer(memoryRegistry(), { port: 0 });
  assert.match(server.url.href, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  assert.equal((await ask(server.url.host, "GET", "/v2/")).status, 200);
});

test("openRegistryServer() refuses a port that is taken, and a certificate that is none", async () => {
  await using server = await openRegistryServer(memoryRegistry(), { port: 0 });
  await failsWith("UNAVAILABLE", openRegistryServer(memoryRegistry(), { port: Number(server.url.port) }));
  await failsWith("UNAVAILABLE", openRegistryServer(memoryRegistry(), { port: 0, tls: { cert: "x", key: "y" } }));
});

test("openRegistryServer() answers a hello for TLS with HTTP, so that clients fall back", async () => {
  await using server = await openRegistryServer(memoryRegistry(), { port: 0 });
  const socket = connect(Number(server.url.port), server.url.hostname);
  const hello = Buffer.concat([Buffer.from("1603010200010001fc0303", "hex"), Buffer.alloc(508)]);
  const answer = await new Promise<string>((resolve, reject) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
    socket.write(hello);
  });
  assert.match(answer, /^HTTP\/1\.1 400 /);
});

/** A registry whose blob is made while it is read: some bytes, and then what `end` does. */
function madeWhileRead(end: () => void): Registry {
  return {
    ...memoryRegistry(),
    getBlob: async (_, digest) => ({
      descriptor: { mediaType: "application/octet-stream", digest, size: 0 },
      length: "unknown",
      body: (async function* () {
        yield Buffer.from("some bytes");
        end();
      })(),
      [Symbol.asyncDispose]: async () => undefined,
    }),
  };
}

test("openRegistryServer() gives content of unknown length in chunks, whole when a range is asked for", async () => {
  await using server = await openRegistryServer(
    madeWhileRead(() => undefined),
    { port: 0 },
  );
  const { digest } = randomBlob().descriptor;
  const answer = await fetch(`${server.url}v2/app/blobs/${digest}`, { headers: { range: "bytes=5-" } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-length"), null);
  assert.equal(answer.headers.get("accept-ranges"), null);
  assert.equal(await answer.text(), "some bytes");
});

test("openRegistryServer() breaks off content of unknown length that fails", async () => {
  const fail = () => {
    throw new Error("there is no more");
  };
  await using server = await openRegistryServer(madeWhileRead(fail), { port: 0 });
  const { digest } = randomBlob().descriptor;
  await assert.rejects(async () => await (await fetch(`${server.url}v2/app/blobs/${digest}`)).text());
});

test("a server that is closing waits for a request that runs, until it is to hurry", async () => {
  const server = await openRegistryServer(memoryRegistry(), { port: 0, drainMs: 600_000 });
  const socket = connect(Number(server.url.port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write("PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
  await once(socket, "connect");
  // Another one is answered, so that the first has been read.
  await ask(server.url.host, "GET", "/v2/");
  let state = "closing";
  const close = async () => {
    await server[Symbol.asyncDispose]();
    state = "closed";
  };
  const closed = close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(state, "closing");
  server.hurry();
  await inTime(closed, "the end of the server");
  socket.destroy();
});

test("a name that no address is known of is told as that", async () => {
  await assert.rejects(openRegistryServer(memoryRegistry(), { hostname: "nowhere.invalid", port: 0 }), {
    code: "UNAVAILABLE",
    message: /^Cannot listen on "nowhere\.invalid:0": .*(ENOTFOUND|EAI_AGAIN)/,
  });
});
