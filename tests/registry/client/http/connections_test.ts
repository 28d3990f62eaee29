// Connections of the client: which are used again, and what becomes of what goes wrong on them (RFC 9112, 9).
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { unavailable } from "../../../../registry/client/http/exchange.ts";
import { finish, openFixture, startScript } from "../../../fakes/own_runtime.ts";
import { inTime } from "../../../fakes/waiting.ts";
import { ok, openScriptedServer, readText } from "./scripted_server.ts";

/** Lets what is on its way arrive. */
const soon = () => new Promise((resolve) => setTimeout(resolve, 20));

test("a connection is used again when its answer was read, and when that has come whole unread", async () => {
  await using scene = await openScriptedServer((socket) => socket.write(ok));
  for (let count = 0; count < 3; count++) assert.equal(await scene.ask(), "ok");
  await using unread = await scene.send();
  assert.equal(await scene.ask(), "ok");
  assert.equal(await readText(unread), "ok", "what has come does not need its connection");
  assert.equal(scene.sockets.length, 1);
});

const endings = {
  "says that it will close": ok.replace("OK\r\n", "OK\r\nConnection: close\r\n"),
  "goes on speaking": `${ok}HTTP/1.1 200 OK\r\n`,
  "keeps it for a moment alone": ok.replace("OK\r\n", "OK\r\nKeep-Alive: timeout=1, max=100\r\n"),
  "does not say how long its answer is": "HTTP/1.1 200 OK\r\n\r\nok",
};
for (const [name, answer] of Object.entries(endings)) {
  test(`a connection whose server ${name} is not used again`, async () => {
    await using scene = await openScriptedServer((socket) => {
      socket.write(answer);
      if (answer.includes("\r\n\r\nok") && !answer.includes("Length")) socket.end();
    });
    assert.equal(await scene.ask(), "ok");
    assert.equal(await scene.ask(), "ok");
    assert.equal(scene.sockets.length, 2);
  });
}

for (const header of ["timeout=5", "max=100, timeout=60", "timeout=soon", "max=5"]) {
  test(`a connection whose server says "Keep-Alive: ${header}" is used again`, async () => {
    const answer = ok.replace("OK\r\n", `OK\r\nKeep-Alive: ${header}\r\n`);
    await using scene = await openScriptedServer((socket) => socket.write(answer));
    for (let count = 0; count < 3; count++) assert.equal(await scene.ask(), "ok");
    assert.equal(scene.sockets.length, 1);
  });
}

test("who stops reading closes the connection, and the next gets another", async () => {
  await using scene = await openScriptedServer((socket, { connection }) => {
    socket.write(connection === 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nok" : ok);
  });
  await (await scene.send())[Symbol.asyncDispose]();
  await inTime(once(scene.sockets[0] as Socket, "close"), "the end of the connection");
  assert.equal(await scene.ask(), "ok");
});

for (const end of ["end", "destroy", "resetAndDestroy"] as const) {
  test(`a request on a connection that its server closes in that moment by ${end}() goes out again`, async () => {
    await using scene = await openScriptedServer((socket, { connection, request }) => {
      if (connection === 1 && request === 2) socket[end]();
      else socket.write(ok);
    });
    assert.equal(await scene.ask(), "ok");
    assert.equal(await scene.ask({ method: "PUT", body: { bytes: new Uint8Array(3) } }), "ok");
    assert.equal(scene.sockets.length, 2);
  });
}

test("a request that must not be done twice does not go out again: the server may have read it", async () => {
  let seen = 0;
  await using scene = await openScriptedServer((socket, { request }) => {
    seen += 1;
    if (request === 1) socket.write(ok);
    else socket.end();
  });
  for (const method of ["POST", "PATCH"]) {
    assert.equal(await scene.ask(), "ok");
    const sent = scene.ask({ method, body: { bytes: new Uint8Array(3) } });
    await assert.rejects(sent, { code: "UNAVAILABLE", message: /closed without an answer$/ });
  }
  assert.equal(seen, 4);
});

test("a request on a new connection that its server closes does not go out again", async () => {
  await using scene = await openScriptedServer((socket) => socket.end());
  await assert.rejects(scene.ask(), { code: "UNAVAILABLE", message: /closed without an answer$/ });
  assert.equal(scene.sockets.length, 1);
});

test("a request does not go out again when an answer has begun, or its body was a stream", async () => {
  await using scene = await openScriptedServer((socket, { request }) => {
    if (request === 1) socket.write(ok);
    else socket.end("HTTP/1.1 200");
  });
  async function* stream() {
    yield new Uint8Array(1);
  }
  for (const more of [{}, { method: "PUT", body: { stream: stream(), length: 1 } }]) {
    const before = scene.sockets.length;
    assert.equal(await scene.ask(), "ok");
    await assert.rejects(scene.ask(more), { code: "UNAVAILABLE", message: /closed before the end$/ });
    assert.equal(scene.sockets.length, before + 1);
  }
});

test("an answer that comes before the body has gone out counts, and ends the body's source", async () => {
  await using scene = await openScriptedServer((socket) =>
    socket.write("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n"),
  );
  const ended = Promise.withResolvers<void>();
  async function* endless() {
    try {
      for (;;) {
        yield new Uint8Array(1000);
        await soon();
      }
    } finally {
      ended.resolve();
    }
  }
  await using answer = await scene.send({ method: "PUT", body: { stream: endless() } });
  assert.equal(answer.status, 413);
  await inTime(ended.promise, "the end of the body's source");
  await using next = await scene.send();
  assert.equal(next.status, 413);
  assert.equal(scene.sockets.length, 2, "what is in the midst of a request is not used for another");
});

test("a body without a length goes out in chunks, one that is longer or shorter than was said not at all", async () => {
  let seen = "";
  await using scene = await openScriptedServer((socket, { request, text }) => {
    if (request > 1) return;
    seen += text;
    socket.on("data", (bytes) => {
      seen += bytes.toString();
      if (seen.endsWith("0\r\n\r\n")) socket.write(ok);
    });
  });
  async function* stream() {
    for (const text of ["abc", "", "0123456789"]) {
      yield Buffer.from(text);
      await soon();
    }
  }
  assert.equal(await scene.ask({ method: "PUT", body: { stream: stream() } }), "ok");
  assert.match(seen, /transfer-encoding: chunked\r\n\r\n3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n$/);
  for (const length of [12, 14]) {
    const sent = scene.ask({ method: "PUT", body: { stream: stream(), length } });
    await assert.rejects(sent, (error) => error instanceof RangeError && /expected 1[24]$/.test(error.message));
  }
});

test("a server that speaks no HTTP is told by what it says", async () => {
  await using scene = await openScriptedServer((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"));
  await assert.rejects(scene.ask(), {
    code: "UNAVAILABLE",
    message: /found "SSH-2.0-OpenSSH_9.2", expected an answer/,
  });
});

test("a header that would break the lines of a request does not go out", async () => {
  await using scene = await openScriptedServer((socket) => socket.write(ok));
  for (const headers of [{ "x-y": "a\r\nb: c" }, { "x-y": "\u0142" }, { "x-y: a\r\nb": "c" }, { "x y": "c" }])
    await assert.rejects(scene.ask({ headers }), /^TypeError: Cannot send header "x/);
  assert.equal(scene.sockets.length, 0);
});

test("unavailable() tells what is wrong with each address of a host", () => {
  const cause = new AggregateError([new Error("refused ::1"), new Error("refused 127.0.0.1")]);
  assert.equal(unavailable("Cannot GET", cause).message, "Cannot GET: refused ::1; refused 127.0.0.1");
});

test("a connection that nobody uses keeps no process from its end", async () => {
  await using fixture = await openFixture();
  await using scene = await openScriptedServer((socket) => socket.write(ok));
  await scene.ask();
  const { localPort: port } = scene.sockets[0] as Socket;
  const script = `
    import { openSocketTransport } from "SRC/../registry/client/http/socket_transport.ts";
    import { emptyScope } from "SRC/../registry/values/scope.ts";
    const transport = openSocketTransport();
    const url = new URL("http://127.0.0.1:${port}");
    const answer = await transport.send({ method: "GET", url, headers: {}, scope: emptyScope });
    for await (const piece of answer.body) console.log(String.fromCharCode(...piece));
  `;
  const child = await startScript(script, { fixture, stdio: ["ignore", "pipe", "inherit"] });
  assert.deepEqual(await finish(child), { stdout: "ok\n", end: 0 });
});
