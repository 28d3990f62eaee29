import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import net from "node:net";
import process from "node:process";
import { test } from "node:test";
import { openListener } from "../../../../src/mesos/embedded/http/listener.ts";
import { BodyTooLargeError, readBody } from "../../../../src/mesos/embedded/http/request_body.ts";
import { EmbeddedAgentError } from "../../../../src/mesos/embedded/mod.ts";
import { openBench } from "../bench.ts";
import { rawExchange } from "../raw_executor.ts";

const isAddress = (message: RegExp) => (error: unknown) =>
  error instanceof EmbeddedAgentError && error.code === "address" && message.test(error.message);

test("openListener() names the address that is taken", async () => {
  const listener = await openListener({ kind: "tcp", host: "127.0.0.1", port: 0 }, () => undefined);
  const again = openListener({ kind: "tcp", host: "127.0.0.1", port: listener.port }, () => undefined);
  await assert.rejects(again, isAddress(/^Cannot listen on "127.0.0.1:\d+": .*(EADDRINUSE|in use)/));
  await listener.close();
});

test("openListener() refuses a socket path that no executor could use", async () => {
  const path = `/tmp/${"x".repeat(103)}`;
  await assert.rejects(
    openListener({ kind: "unix", path }, () => undefined),
    isAddress(/108 bytes.* at most 107/),
  );
});

test("openEmbeddedAgent() leaves nothing open when it cannot listen everywhere", async () => {
  await assert.rejects(openBench({ listen: { kind: "unix", path: "/nowhere/at/all.sock" } }), isAddress(/all\.sock/));
});

test("openEmbeddedAgent() tells executors a loopback address for a wildcard", async () => {
  await using bench = await openBench({ listen: { kind: "tcp", host: "0.0.0.0" } });
  assert.equal(bench.agent.endpoint.host, "127.0.0.1");
  assert.equal(bench.agent.agentInfo.hostname, "127.0.0.1");
});

test("close() ends connections that wait for their next request, and removes the socket", async () => {
  const path = `/tmp/door-${process.pid}.sock`;
  const bench = await openBench({ listen: { kind: "unix", path } });
  const sockets = [net.connect(bench.agent.endpoint.port, "127.0.0.1"), net.connect(path)];
  const closed = sockets.map(async (socket) => {
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.once("close", resolve));
  });
  for (const socket of sockets) {
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await new Promise((resolve) => socket.once("data", resolve));
  }
  await bench[Symbol.asyncDispose]();
  await Promise.all(closed);
  assert.equal(existsSync(path), false);
});

test("close() leaves no request without an end that comes on an older connection", async () => {
  const listener = await openListener({ kind: "tcp", host: "127.0.0.1", port: 0 }, () => undefined);
  const socket = net.connect(listener.port, "127.0.0.1");
  socket.on("error", () => undefined);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await new Promise((resolve) => socket.once("connect", resolve));
  await listener.close();
  const again = await openListener({ kind: "tcp", host: "127.0.0.1", port: listener.port }, () => undefined);
  socket.write("POST /slave(1)/api/v1/executor HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na");
  await closed;
  await again.close();
});

test("serve() shows each exchange to the observer", async () => {
  await using bench = await openBench();
  await rawExchange(bench.agent.endpoint, { method: "GET", path: "/x" });
  bench.launch("one");
  await bench.raw().subscribe();
  assert.deepEqual(
    bench.exchanges.map(({ request, status, call }) => [request.method, request.target, status, call?.type]),
    [
      ["GET", "/x", 404, undefined],
      ["POST", "/slave(1)/api/v1/executor", 200, 1],
    ],
  );
});

test("serve() survives a client that goes away inside of its request", async () => {
  await using bench = await openBench();
  const socket = net.connect(bench.agent.endpoint.port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write("POST /slave(1)/api/v1/executor HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  socket.destroy();
  assert.equal((await rawExchange(bench.agent.endpoint, { method: "GET" })).status, 405);
});

test("readBody() refuses more than its limit", async () => {
  async function* chunks() {
    yield new Uint8Array(6);
    yield new Uint8Array(6);
  }
  const incoming = () => chunks() as unknown as Parameters<typeof readBody>[0];
  assert.equal((await readBody(incoming(), { maxBytes: 12 })).length, 12);
  await assert.rejects(readBody(incoming(), { maxBytes: 11 }), BodyTooLargeError);
});
