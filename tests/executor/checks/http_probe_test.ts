import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { Finding } from "../../../src/executor/checks/check_spec.ts";
import { type NetworkProbe, probeBy } from "../../../src/executor/checks/network_probe.ts";
import { connectHere } from "../../../src/executor/checks/own_connect.ts";
import { certificateOptions, makeCertificates } from "../../fakes/certificates.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

interface Listening extends AsyncDisposable {
  port: number;
}

async function listen(server: Server, host = "127.0.0.1"): Promise<Listening> {
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

const probe = (port: number, more: object = {}): NetworkProbe =>
  ({ kind: "http", scheme: "http", host: "127.0.0.1", port, path: "", ...more }) as NetworkProbe;

const find = (one: NetworkProbe, signal = new AbortController().signal): Promise<Finding> =>
  probeBy(one, connectHere, { signal });

const answers: Readonly<Record<string, RequestListener>> = {
  "/ok": (_request, response) => void response.end("ok"),
  "/gone": (_request, response) => void response.writeHead(410).end(),
  "/once": (_request, response) => void response.writeHead(302, { Location: "/ok?x=1" }).end(),
  "/for-ever": (_request, response) => void response.writeHead(301, { Location: "/for-ever" }).end(),
  "/away": (_request, response) => void response.writeHead(307, { Location: "ftp://127.0.0.1/" }).end(),
  "/cut": (request) => void request.socket.destroy(),
  "/early": (_request, response) => {
    response.writeContinue();
    response.end();
  },
  "/long": (_request, response) => void response.writeHead(200, { "X-Long": "x".repeat(15_000) }).end(),
};

const cases: readonly [path: string, finding: Finding | RegExp][] = [
  ["/ok", { kind: "http", statusCode: 200 }],
  ["/gone", { kind: "http", statusCode: 410 }],
  ["/once", { kind: "http", statusCode: 200 }],
  ["/for-ever", { kind: "none", why: "it leads on more than 20 times" }],
  ["/away", { kind: "none", why: 'it leads to "ftp:"' }],
  ["/early", { kind: "http", statusCode: 200 }],
  ["/long", { kind: "http", statusCode: 200 }],
  ["/cut", /closed|reset|hang up/i],
  ["/nowhere", { kind: "http", statusCode: 404 }],
];

for (const [path, expected] of cases) {
  test(`probeBy() asks "${path}"`, async () => {
    await using server = await listen(
      createServer((request, response) => {
        const [name = ""] = (request.url ?? "").split("?");
        const answer = answers[name];
        if (answer) answer(request, response);
        else response.writeHead(404).end();
      }),
    );
    const finding = await find(probe(server.port, { path }));
    if (expected instanceof RegExp) assert.match(finding.kind === "none" ? finding.why : "", expected);
    else assert.deepEqual(finding, expected);
  });
}

test("probeBy() says what a client is, and asks for the root when there is no path", async () => {
  const seen: unknown[] = [];
  await using server = await listen(
    createServer(({ method, url, headers }, response) => {
      seen.push([method, url, headers.host, headers["user-agent"], headers.connection]);
      response.end();
    }),
  );
  await find(probe(server.port));
  assert.deepEqual(seen, [["GET", "/", `127.0.0.1:${server.port}`, "mesos-docker", "close"]]);
});

test("probeBy() does not verify a certificate", certificateOptions, async () => {
  await using folder = await openFixture();
  makeCertificates(folder.path);
  const read = (name: string) => readFileSync(join(folder.path, name));
  const own = { cert: read("server.pem"), key: read("server-key.pem") };
  await using server = await listen(createTlsServer(own, (_request, response) => void response.end()));
  assert.deepEqual(await find(probe(server.port, { scheme: "https" })), { kind: "http", statusCode: 200 });
});

test("probeBy() understands a server that ends its lines carelessly", async () => {
  const answer = "HTTP/1.1 204 Fine\nServer: careless\n\n";
  await using server = await listen(createTcpServer((socket) => void socket.end(answer)));
  assert.deepEqual(await find(probe(server.port)), { kind: "http", statusCode: 204 });
});

test("probeBy() takes a path that begins with two slashes for one of the same server", async () => {
  const listener: RequestListener = (request, response) => response.writeHead(request.url === "//ok" ? 200 : 404).end();
  await using server = await listen(createServer(listener));
  assert.deepEqual(await find(probe(server.port, { path: "//ok" })), { kind: "http", statusCode: 200 });
});

test("probeBy() says so when what answers is no HTTP server", async () => {
  await using server = await listen(createTcpServer((socket) => void socket.end("220 mail ready\r\n\r\n")));
  assert.deepEqual(await find(probe(server.port)), { kind: "none", why: "what answers is no HTTP server" });
});

test("probeBy() asks ::1", async () => {
  await using server = await listen(
    createServer((_request, response) => void response.end()),
    "::1",
  );
  assert.deepEqual(await find(probe(server.port, { host: "::1" })), { kind: "http", statusCode: 200 });
  assert.deepEqual(await find({ kind: "tcp", host: "::1", port: server.port }), { kind: "tcp", succeeded: true });
});

test("probeBy() tells a port that nobody listens on", async () => {
  const { port } = await (async () => {
    await using server = await listen(createTcpServer());
    return server;
  })();
  const finding = await find({ kind: "tcp", host: "127.0.0.1", port });
  assert.ok(finding.kind === "tcp" && !finding.succeeded);
  assert.match(finding.why ?? "", /ECONNREFUSED|refused/);
});

test("probeBy() ends when it is given up, whatever the server does", async () => {
  await using server = await listen(createTcpServer((socket) => void socket.on("error", () => undefined)));
  const giving = new AbortController();
  const found = find(probe(server.port), giving.signal);
  setTimeout(() => giving.abort(new Error("late")), 50);
  await assert.rejects(found, /late/);
});
