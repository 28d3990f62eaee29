// One request and its answer, with a server or a caller that is slow or gone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { finish, openFixture, startScript } from "../../../fakes/own_runtime.ts";
import { inTime } from "../../../fakes/waiting.ts";
import { ok, openScriptedServer, readText } from "./scripted_server.ts";

const part = "HTTP/1.1 413 No\r\nContent-Length: 10\r\n\r\npart";

test("a body's source that is waited for hides no silence of a server that has begun to answer", async () => {
  await using scene = await openScriptedServer((socket) => socket.write(part), { idleTimeoutMs: 100 });
  const reading = Promise.withResolvers<void>();
  const never = Promise.withResolvers<void>();
  async function* stream() {
    yield new Uint8Array(1);
    await reading.promise;
    yield new Uint8Array(1);
    await never.promise;
  }
  const answer = await scene.send({ method: "PUT", body: { stream: stream() } });
  const read = readText(answer);
  reading.resolve();
  await assert.rejects(inTime(read, "the end of the answer"), { code: "UNAVAILABLE", message: /no byte in time$/ });
  never.resolve();
});

test("bytes that a server takes slowly go out as long as it takes them", async () => {
  const bytes = new Uint8Array(16 * 1024 * 1024);
  await using scene = await openScriptedServer(
    (socket, { text }) => {
      let missing = bytes.byteLength - text.length + text.indexOf("\r\n\r\n") + 4;
      if (missing === 0) socket.write(ok);
      socket.removeAllListeners("data");
      socket.on("data", ({ length }) => {
        missing -= length;
        if (missing === 0) socket.write(ok);
        socket.pause();
        setTimeout(() => socket.resume(), length / 8000);
      });
    },
    { idleTimeoutMs: 700 },
  );
  assert.equal(await scene.ask({ method: "PUT", body: { bytes } }), "ok");
});

test("who reads an answer that was disposed of is told at once, and keeps no process from its end", async () => {
  await using fixture = await openFixture();
  await using scene = await openScriptedServer((socket) => socket.write(part));
  const script = `
    import { openSocketTransport } from "SRC/../registry/client/http/socket_transport.ts";
    import { emptyScope } from "SRC/../registry/values/scope.ts";
    const transport = openSocketTransport({ idleTimeoutMs: 600_000 });
    const url = new URL("${scene.url}");
    const answer = await transport.send({ method: "GET", url, headers: {}, scope: emptyScope });
    await answer[Symbol.asyncDispose]();
    try {
      for await (const piece of answer.body) console.log(piece.byteLength);
    } catch ({ code }) {
      console.log(code);
    }
  `;
  const child = await startScript(script, { fixture, stdio: ["ignore", "pipe", "inherit"] });
  const { stdout, end } = await finish(child);
  assert.match(stdout, /UNAVAILABLE\n$/);
  assert.equal(end, 0);
});
