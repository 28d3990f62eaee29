import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { openEngine } from "../../../src/docker/mod.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { answerJson, startFakeDaemon, untilNobodyIsConnected } from "../fake_daemon.ts";

const day = 86_400_000;

test("openWait() resolves with the headers, its exit with the body, however long that takes", async () => {
  const clock = new FakeClock();
  const { promise: asked, resolve: ask } = Promise.withResolvers<ServerResponse>();
  await using daemon = await startFakeDaemon((_request, response) => ask(response));
  await using engine = openEngine(daemon.address, { clock });
  let isOpen = false;
  const opening = engine.openWait("c1").then((wait) => {
    isOpen = true;
    return wait;
  });
  const response = await asked;
  assert.equal(isOpen, false);
  response.writeHead(200).flushHeaders();
  const wait = await opening;
  clock.advance(day);
  response.end('{"StatusCode":137,"Error":null}\n');
  assert.deepEqual(await wait.exit, { statusCode: 137 });
  assert.equal(daemon.requests.at(-1), "POST /v1.41/containers/c1/wait?condition=next-exit");
});

test("openWait() passes on what went wrong in the daemon", async () => {
  await using daemon = await startFakeDaemon((_request, response) =>
    answerJson(response, 200, { StatusCode: -1, Error: { Message: "container vanished" } }),
  );
  await using engine = openEngine(daemon.address);
  await using wait = await engine.openWait("c1");
  assert.deepEqual(await wait.exit, { statusCode: -1, error: "container vanished" });
});

test("openWait() has a deadline for the headers", async () => {
  const clock = new FakeClock();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  await using daemon = await startFakeDaemon(() => ask());
  await using engine = openEngine(daemon.address, { clock });
  const opening = engine.openWait("c1");
  await asked;
  clock.advance(30_000);
  await assert.rejects(opening, { code: "timeout", message: /^Cannot wait for container "c1": / });
});

test("openWait() says that a container is not there", async () => {
  await using daemon = await startFakeDaemon((_request, response) =>
    answerJson(response, 404, { message: "No such container: c1" }),
  );
  await using engine = openEngine(daemon.address);
  await assert.rejects(engine.openWait("c1"), { code: "not_found", status: 404 });
});

test("the exit of openWait() fails, and is no exit, when the daemon goes away", async () => {
  for (const begin of ["", '{"StatusCode":0']) {
    await using daemon = await startFakeDaemon((_request, response) => {
      response.writeHead(200).flushHeaders();
      response.write(begin);
      setTimeout(() => response.destroy(), 20);
    });
    await using engine = openEngine(daemon.address);
    await using wait = await engine.openWait("c1");
    await assert.rejects(wait.exit, { code: "failed", status: undefined, retryable: true }, begin);
  }
});

test("the exit of openWait() fails when the answer is none", async () => {
  for (const body of ["", "{}", "[]", '{"StatusCode":"0"}']) {
    await using daemon = await startFakeDaemon((_request, response) => response.end(body));
    await using engine = openEngine(daemon.address);
    await using wait = await engine.openWait("c1");
    await assert.rejects(wait.exit, { code: "failed", retryable: false }, body);
  }
});

test("openWait() is ended by an abort, and by disposing it, and its connection with it", async () => {
  const controller = new AbortController();
  await using daemon = await startFakeDaemon((_request, response) => response.writeHead(200).flushHeaders());
  await using engine = openEngine(daemon.address);
  const aborted = await engine.openWait("c1", { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(aborted.exit, { code: "aborted", message: 'Cannot wait for container "c1": aborted (enough)' });
  const disposed = await engine.openWait("c1");
  await disposed[Symbol.asyncDispose]();
  await assert.rejects(disposed.exit, { name: "EngineError", code: "aborted" });
  await untilNobodyIsConnected(daemon);
});
