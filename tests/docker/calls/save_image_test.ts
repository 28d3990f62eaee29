import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { openEngine } from "../../../src/docker/mod.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { answerJson, startFakeDaemon, untilNobodyIsConnected } from "../fake_daemon.ts";

test("saveImage() streams what the daemon sends, and tells of an image that is not there", async () => {
  await using daemon = await startFakeDaemon((request, response) => {
    if (request.path.includes("gone")) return answerJson(response, 404, { message: "No such image: gone" });
    response.write("one ");
    response.end("two");
  });
  await using engine = openEngine(daemon.address);
  assert.equal(String(await buffer(engine.saveImage("localhost:5000/a/b:1"))), "one two");
  assert.equal(daemon.requests.at(-1), "GET /v1.41/images/localhost%3A5000/a/b%3A1/get");
  await assert.rejects(buffer(engine.saveImage("gone")), {
    code: "not_found",
    message: 'Cannot save image "gone": No such image: gone (status 404)',
  });
  await assert.rejects(buffer(engine.saveImage("a/../b")), { code: "invalid" });
});

test("saveImage() is an error when the daemon breaks off, and has a deadline for a silent one but none for a slow taker", async () => {
  const clock = new FakeClock();
  const { promise: cut, resolve: cutNow } = Promise.withResolvers<void>();
  await using daemon = await startFakeDaemon(async (_request, response) => {
    response.write("one");
    await cut;
    response.destroy();
  });
  await using engine = openEngine(daemon.address, { clock });
  const chunks = engine.saveImage("a")[Symbol.asyncIterator]();
  assert.equal(String((await chunks.next()).value), "one");
  clock.advance(3_600_000);
  const next = chunks.next();
  cutNow();
  await assert.rejects(next, { code: "failed", retryable: true });
  await using silent = await startFakeDaemon((_request, response) => void response.write("one"));
  await using other = openEngine(silent.address, { clock });
  const few = other.saveImage("a")[Symbol.asyncIterator]();
  await few.next();
  const never = few.next();
  await Promise.resolve();
  clock.advance(300_000);
  await assert.rejects(never, { code: "timeout", message: /sent nothing more within 300 s/ });
  await untilNobodyIsConnected(silent);
});
