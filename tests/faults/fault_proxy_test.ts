import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type IncomingMessage, request as openRequest, type Server } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { openFixture } from "../fakes/own_runtime.ts";
import { type Fault, followRules } from "./fault.ts";
import { type FaultProxy, openFaultProxy } from "./fault_proxy.ts";

/** A server that tells what it got, behind a proxy. */
class Scene implements AsyncDisposable {
  readonly seen: string[] = [];
  readonly #server: Server;
  proxy!: FaultProxy;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (bytes: Buffer) => chunks.push(bytes));
      request.on("end", () => {
        this.seen.push(`${request.method} ${request.url}`);
        response.end(`got ${Buffer.concat(chunks).length} bytes`);
      });
    });
    this.#server.on("upgrade", (_request, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n");
      socket.on("data", (bytes: Buffer) => socket.write(bytes));
      socket.on("end", () => socket.end());
    });
  }

  async open(listen?: string): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const { port } = this.#server.address() as { port: number };
    this.proxy = await openFaultProxy(
      listen === undefined ? { kind: "tcp", host: "127.0.0.1", port: 0 } : { kind: "unix", path: listen },
      () => ({ kind: "tcp", host: "127.0.0.1", port }),
    );
    return this;
  }

  async call(path: string, body = "", method = "POST"): Promise<string> {
    const request = openRequest({ host: "127.0.0.1", port: this.proxy.port, path, method, agent: false });
    request.end(body);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const bytes of response) chunks.push(bytes as Buffer);
    return `${response.statusCode} ${Buffer.concat(chunks)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

test("FaultProxy passes requests of any size as they are", async () => {
  await using scene = await new Scene().open();
  assert.equal(await scene.call("/one"), "200 got 0 bytes");
  assert.equal(await scene.call("/two", "x".repeat(3_000_000)), "200 got 3000000 bytes");
  assert.deepEqual(scene.seen, ["POST /one", "POST /two"]);
  assert.deepEqual(scene.proxy.struck, []);
});

test("FaultProxy passes a stream that has left HTTP both ways", async () => {
  await using scene = await new Scene().open();
  const headers = { Connection: "Upgrade", Upgrade: "tcp" };
  const request = openRequest({ host: "127.0.0.1", port: scene.proxy.port, path: "/attach", headers, agent: false });
  request.end();
  const [, socket] = await once(request, "upgrade");
  socket.write("POST /no-request HTTP/1.1\r\n\r\n");
  const [echo] = await once(socket, "data");
  assert.equal(String(echo), "POST /no-request HTTP/1.1\r\n\r\n");
  socket.destroy();
});

const kept: readonly [string, Fault, { answer: string | RegExp; seen: number }][] = [
  ["delays a request", { kind: "delay", ms: 20 }, { answer: "200 got 1 bytes", seen: 1 }],
  ["answers in the server's place", { kind: "status", status: 503, body: "busy" }, { answer: "503 busy", seen: 0 }],
  ["cuts a connection before the request arrives", { kind: "cut", at: "request" }, { answer: /./, seen: 0 }],
  ["cuts an answer", { kind: "cut", at: "answer", afterBytes: 10 }, { answer: /./, seen: 1 }],
];

for (const [what, fault, { answer, seen }] of kept) {
  test(`FaultProxy ${what}`, async () => {
    await using scene = await new Scene().open();
    scene.proxy.script = followRules([{ match: { path: /^\/struck/ }, fault }]);
    assert.equal(await scene.call("/other", "x"), "200 got 1 bytes");
    const called = scene.call("/struck", "x");
    if (typeof answer === "string") assert.equal(await called, answer);
    else await assert.rejects(called, answer);
    assert.equal(scene.seen.filter((line) => line.includes("struck")).length, seen);
    assert.deepEqual(
      scene.proxy.struck.map(({ request, fault: { kind } }) => `${request.path} ${kind}`),
      [`/struck ${fault.kind}`],
    );
  });
}

for (const at of ["request", "answer"] as const) {
  test(`FaultProxy leaves a request without answer, at the ${at}, until it is cut`, async () => {
    await using scene = await new Scene().open();
    scene.proxy.script = followRules([{ match: {}, times: 1, fault: { kind: "hang", at } }]);
    const hung = scene.call("/hung");
    hung.catch(() => undefined);
    assert.equal(await scene.call("/next"), "200 got 0 bytes");
    assert.deepEqual(scene.seen, at === "request" ? ["POST /next"] : ["POST /hung", "POST /next"]);
    scene.proxy.cutAll();
    await assert.rejects(hung);
  });
}

test("FaultProxy refuses connections once it has left, and takes them again at the same place", async () => {
  await using scene = await new Scene().open();
  const { port } = scene.proxy;
  await scene.proxy.leave();
  await assert.rejects(scene.call("/refused"), /ECONNREFUSED|Unable to connect|connect/);
  await scene.proxy.listen();
  assert.equal(scene.proxy.port, port);
  assert.equal(await scene.call("/again"), "200 got 0 bytes");
});

test("FaultProxy listens on a UNIX socket", async () => {
  await using fixture = await openFixture();
  const socketPath = join(fixture.path, "proxy.sock");
  await using scene = await new Scene().open(socketPath);
  const request = openRequest({ socketPath, path: "/one", agent: false });
  request.end();
  const [response] = await once(request, "response");
  response.resume();
  assert.equal(response.statusCode, 200);
  assert.deepEqual(scene.seen, ["GET /one"]);
});

test("followRules() counts the requests that match: first some pass, then some are struck, then all pass", () => {
  const fault: Fault = { kind: "delay", ms: 1 };
  const script = followRules([{ match: { method: "POST", path: /start/ }, after: 1, times: 2, fault }]);
  const decide = (method: string, path: string) => (script({ method, path }) === fault ? "struck" : "passes");
  const decided = [
    decide("GET", "/start"),
    decide("POST", "/start"),
    decide("POST", "/other"),
    decide("POST", "/start"),
    decide("POST", "/start"),
    decide("POST", "/start"),
  ];
  assert.deepEqual(decided, ["passes", "passes", "passes", "struck", "struck", "passes"]);
});
