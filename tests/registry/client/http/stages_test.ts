// Each stage of an exchange has its own time: contract B.5.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { openRegistryClient } from "../../../../registry/client/open_registry_client.ts";
import { finish, openFixture, startScript } from "../../../fakes/own_runtime.ts";
import { randomBlob } from "../../conformance/specimens.ts";
import { answer, openFaultyServer } from "../faulty_server.ts";

const once = { retries: { attempts: 1 } } as const;

test("a server that takes a connection and speaks no TLS is given up by the time for connections", async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  try {
    using client = openRegistryClient(`127.0.0.1:${port}`, { ...once, scheme: "https", connectTimeoutMs: 50 });
    await assert.rejects(client.ping(), { code: "UNAVAILABLE", message: /no answer in time$/ });
  } finally {
    server.close();
  }
});

test("a server that reads a request and does not answer is given up by the time for headers", async () => {
  await using server = await openFaultyServer(() => "done");
  using client = openRegistryClient(server.host, { ...once, headersTimeoutMs: 50 });
  await assert.rejects(client.ping(), { code: "UNAVAILABLE", message: /no answer in time$/ });
});

test("a request that waits for a connection that others use is not given up", async () => {
  const blob = randomBlob(1000);
  const { digest, size } = blob.descriptor;
  const held: (() => void)[] = [];
  await using server = await openFaultyServer((request, response) => {
    if (request.method === "HEAD") return answer(response, 200, { "content-length": size });
    response.writeHead(200, { "content-length": size });
    response.write(Buffer.from(blob.bytes).subarray(0, 10));
    held.push(() => response.end(Buffer.from(blob.bytes).subarray(10)));
    return "done";
  });
  const short = { headersTimeoutMs: 1000, connectTimeoutMs: 1000 };
  using client = openRegistryClient(server.host, { ...once, ...short });
  // As many as there may be connections to one host.
  const contents = await Promise.all(Array.from({ length: 64 }, () => client.getBlob("n", digest)));
  const waiting = client.statBlob("n", digest);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  for (const finish of held) finish();
  for (const content of contents) for await (const _piece of content.body);
  assert.equal((await waiting).size, size);
});

test("a request whose connection breaks while its body is waited for keeps no process from its end", async () => {
  await using fixture = await openFixture();
  const script = `
    import { createServer } from "node:net";
    import { openSocketTransport } from "SRC/../registry/client/http/socket_transport.ts";
    import { emptyScope } from "SRC/../registry/values/scope.ts";
    const server = createServer((socket) => socket.once("data", () => socket.destroy()));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = new URL("http://127.0.0.1:" + server.address().port);
    const broken = Promise.withResolvers();
    async function* stream() {
      yield new Uint8Array(1000);
      await broken.promise;
      yield new Uint8Array(1000);
    }
    const longMs = 600_000;
    using transport = openSocketTransport({ headersTimeoutMs: longMs, idleTimeoutMs: longMs });
    const sending = transport.send({ method: "PUT", url, headers: {}, scope: emptyScope, body: { stream: stream() } });
    await sending.catch(({ code }) => console.log(code));
    broken.resolve();
    server.close();
  `;
  const child = await startScript(script, { fixture, stdio: ["ignore", "pipe", "inherit"] });
  assert.deepEqual(await finish(child), { stdout: "UNAVAILABLE\n", end: 0 });
});
