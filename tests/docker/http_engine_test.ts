import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { execFile } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openEngine } from "../../src/docker/mod.ts";
import { answerJson, type FakeAnswer, type FakeDaemon, startFakeDaemon, upgradeHead } from "./fake_daemon.ts";

const answer: FakeAnswer = (request, response) => {
  if (request.path === "/info") return answerJson(response, 200, {});
  if (request.path === "/containers/c1/json") return answerJson(response, 200, { Id: "c1" });
  if (/wait|logs|events/.test(request.path)) return response.writeHead(200).flushHeaders();
};

async function startDaemon(): Promise<FakeDaemon> {
  const frame = Buffer.from([1, 0, 0, 0, 0, 0, 0, 1, 65]);
  return await startFakeDaemon(answer, {
    upgrade: (_request, socket) => socket.write(Buffer.concat([Buffer.from(upgradeHead), frame])),
  });
}

/** Runs the fixture with the runtime of this test; fails when it does not end by itself. */
async function runFixture(daemon: FakeDaemon, way: string): Promise<string> {
  assert.ok(daemon.address.kind === "unix");
  const fixture = fileURLToPath(new URL("./fixtures/ends_by_itself.ts", import.meta.url));
  const options = "deno" in process.versions ? ["run", "-A", "--no-check"] : [];
  const args = [...options, fixture, daemon.address.path, way];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  assert.equal(stderr, "");
  return stdout;
}

test("openEngine() sends nothing before the first call", async () => {
  await using daemon = await startDaemon();
  await using engine = openEngine(daemon.address);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(daemon.requests, []);
  assert.equal(daemon.connections.size, 0);
  await engine.info();
});

test("a program ends by itself when its calls are over", { timeout: 30_000 }, async () => {
  await using daemon = await startDaemon();
  assert.equal(await runFixture(daemon, "answer-all"), "end\n");
});

test("a program ends by itself when it disposes an engine with open calls", { timeout: 30_000 }, async () => {
  await using daemon = await startDaemon();
  assert.equal(await runFixture(daemon, "leave-open"), "rejected rejected rejected rejected\nend\n");
});
