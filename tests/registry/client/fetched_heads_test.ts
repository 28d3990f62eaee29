import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { fetchHeads } from "../../../registry/client/fetched_heads.ts";
import { openNodeTransport } from "../../../registry/client/node_transport.ts";
import type { HttpRequest, Transport } from "../../../registry/client/transport.ts";
import { emptyScope } from "../../../registry/values/scope.ts";
import { answer, type Fault, openFaultyServer } from "./faulty_server.ts";

/** Elsewhere all requests go the one way. */
const onBun = { skip: !("bun" in process.versions) };

/** A transport over a faulty server, and what went the usual way. */
async function open(fault: Fault, timeouts: { connectTimeoutMs?: number; headersTimeoutMs?: number } = {}) {
  const server = await openFaultyServer(fault);
  const sockets = openNodeTransport(timeouts);
  const usual: string[] = [];
  const send: Transport = (request) => {
    usual.push(request.method);
    return sockets.send(request);
  };
  const ask = (path: string, more: Partial<HttpRequest> = {}) =>
    askLightly(request(new URL(`http://${server.host}${path}`), more));
  const askLightly = fetchHeads(send, timeouts);
  return {
    server,
    usual,
    ask,
    [Symbol.asyncDispose]: async () => {
      sockets[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function request(url: URL, more: Partial<HttpRequest>): HttpRequest {
  return { method: "HEAD", url, headers: { "user-agent": "mesos-docker" }, scope: emptyScope, ...more };
}

test("fetchHeads() goes the usual way until a host has answered, and with all that is no HEAD", onBun, async () => {
  await using scene = await open((_request, response) => answer(response, 200, { "x-count": "1" }));
  for (const method of ["HEAD", "HEAD", "GET", "HEAD"]) {
    await using found = await scene.ask("/", { method });
    assert.deepEqual([found.status, found.headers["x-count"]], [200, "1"]);
    for await (const _ of found.body);
  }
  assert.deepEqual(scene.usual, ["HEAD", "GET"]);
  assert.equal(scene.server.seen.length, 4);
  assert.deepEqual(scene.server.seen[3]?.headers["user-agent"], "mesos-docker");
  assert.deepEqual(scene.server.seen[3]?.headers["accept-encoding"], "identity");
});

test("fetchHeads() gives answers as they are: challenges, redirects, lengths", onBun, async () => {
  await using scene = await open(({ url }, response) => {
    if (url === "/moved") return answer(response, 307, { location: "/elsewhere" });
    if (url === "/closed") return answer(response, 401, { "www-authenticate": ["Basic realm=a", "Bearer realm=b"] });
    response.writeHead(200, { "content-length": 1234 });
    response.end();
    return "done";
  });
  await scene.ask("/");
  const [moved, closed, there] = [await scene.ask("/moved"), await scene.ask("/closed"), await scene.ask("/there")];
  assert.deepEqual([moved.status, moved.headers.location], [307, "/elsewhere"]);
  assert.deepEqual([closed.status, closed.headers["www-authenticate"]], [401, "Basic realm=a, Bearer realm=b"]);
  assert.deepEqual([there.status, there.headers["content-length"]], [200, "1234"]);
  assert.deepEqual(scene.usual, ["HEAD"]);
});

test("fetchHeads() asks the usual way what is wrong with a host that answers no more", onBun, async () => {
  const scene = await open((_request, response) => answer(response, 200));
  await scene.ask("/");
  await scene[Symbol.asyncDispose]();
  await assert.rejects(scene.ask("/"), { code: "UNAVAILABLE", message: /^Cannot HEAD "127\.0\.0\.1:\d+": / });
  assert.deepEqual(scene.usual, ["HEAD", "HEAD"]);
});

test("fetchHeads() does not wait for ever for a host that has fallen silent", onBun, async () => {
  await using scene = await open((_request, response, { count }) => (count === 1 ? answer(response, 200) : "done"), {
    connectTimeoutMs: 50,
    headersTimeoutMs: 50,
  });
  await scene.ask("/");
  await assert.rejects(scene.ask("/"), { code: "UNAVAILABLE", message: /no answer in time/ });
  assert.deepEqual(scene.usual, ["HEAD", "HEAD"]);
});

test("fetchHeads() ends with the signal", onBun, async () => {
  const leaving = new AbortController();
  await using scene = await open((_request, response, { count }) => {
    if (count > 1) leaving.abort(new Error("the caller has left"));
    return count === 1 ? answer(response, 200) : "done";
  });
  await scene.ask("/");
  await assert.rejects(scene.ask("/", { signal: leaving.signal }), /^Error: the caller has left$/);
  assert.deepEqual(scene.usual, ["HEAD"]);
});

for (const [what, options] of [
  ["certificates of its own", { tls: { ca: ["-----BEGIN CERTIFICATE-----"] } }],
  ["a proxy", { proxyFor: () => new URL("http://127.0.0.1:1") }],
] as const) {
  test(`fetchHeads() leaves all to the usual way where there is ${what}`, async () => {
    const usual: string[] = [];
    const send: Transport = async ({ method, url }) => {
      usual.push(method);
      const body = (async function* () {})();
      return { status: 200, headers: {}, body, url, [Symbol.asyncDispose]: async () => undefined };
    };
    const ask = fetchHeads(send, options);
    for (let count = 0; count < 2; count++) await ask(request(new URL("http://127.0.0.1:1/"), {}));
    assert.deepEqual(usual, ["HEAD", "HEAD"]);
  });
}

test("fetchHeads() leaves all to the usual way where the environment names a proxy, by which Bun would go", () => {
  const send: Transport = () => Promise.reject(new Error("nobody asks"));
  const before = process.env.https_proxy;
  process.env.https_proxy = "http://127.0.0.1:1";
  try {
    assert.equal(fetchHeads(send, {}), send);
  } finally {
    if (before === undefined) delete process.env.https_proxy;
    else process.env.https_proxy = before;
  }
});
