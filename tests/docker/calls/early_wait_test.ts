// Waiting with API versions before 1.30, whose daemons answer a wait at once when the container does not run.
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { type Engine, openEngine } from "../../../src/docker/mod.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import {
  answerJson,
  type FakeAnswer,
  type FakeDaemon,
  startFakeDaemon,
  untilNobodyIsConnected,
} from "../fake_daemon.ts";

const neverStarted = { Status: "created", Running: false, StartedAt: "0001-01-01T00:00:00Z" };
const running = { Status: "running", Running: true, StartedAt: "2026-01-01T00:00:00Z" };
const ended = { Status: "exited", Running: false, StartedAt: "2026-01-01T00:00:00Z", ExitCode: 7 };

/** A container whose state a test sets; `undefined` when it is not there. */
interface Bench {
  state: object | undefined;
  readonly waits: ServerResponse[];
  readonly engine: Engine;
  readonly daemon: FakeDaemon;
  readonly clock: FakeClock;
}

async function onBench(state: object | undefined, use: (bench: Bench) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const waits: ServerResponse[] = [];
  const answer: FakeAnswer = ({ method, path, query }, response) => {
    if (method === "POST" && path === "/containers/c1/wait" && query.size === 0) return waits.push(response);
    assert.equal(path, "/containers/c1/json");
    if (bench.state === undefined) return answerJson(response, 404, { message: "No such container: c1" });
    return answerJson(response, 200, { Id: "c1", State: bench.state });
  };
  await using daemon = await startFakeDaemon(answer);
  await using engine = openEngine(daemon.address, { clock, apiVersion: "1.29" });
  const bench: Bench = { state, waits, engine, daemon, clock };
  await use(bench);
}

/** Lets the engine look at the container until the condition holds. */
async function lookUntil(bench: Bench, done: () => boolean): Promise<void> {
  while (!done()) {
    bench.clock.advance(400);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function looks({ daemon }: Bench): number {
  return daemon.requests.filter((request) => request === "GET /v1.29/containers/c1/json").length;
}

test("openWait() of an old API asks the daemon to wait when the container has been started, and no sooner", async () => {
  await onBench(neverStarted, async (bench) => {
    await using wait = await bench.engine.openWait("c1");
    await lookUntil(bench, () => looks(bench) >= 4);
    assert.equal(bench.waits.length, 0);
    bench.state = running;
    await lookUntil(bench, () => bench.waits.length === 1);
    bench.clock.advance(86_400_000);
    answerJson(bench.waits[0]!, 200, { StatusCode: 3 });
    assert.deepEqual(await wait.exit, { statusCode: 3 });
  });
});

test("openWait() of an old API sees a start by its time when the container has ended before it looks", async () => {
  await onBench({ ...ended, StartedAt: "2025-01-01T00:00:00Z" }, async (bench) => {
    await using wait = await bench.engine.openWait("c1");
    await lookUntil(bench, () => looks(bench) >= 3);
    assert.equal(bench.waits.length, 0);
    bench.state = ended;
    await lookUntil(bench, () => bench.waits.length === 1);
    answerJson(bench.waits[0]!, 200, { StatusCode: 7 });
    assert.deepEqual(await wait.exit, { statusCode: 7 });
  });
});

test("openWait() of an old API asks at once about a container that runs", async () => {
  await onBench(running, async (bench) => {
    await using wait = await bench.engine.openWait("c1");
    while (bench.waits.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    answerJson(bench.waits[0]!, 200, { StatusCode: 0 });
    assert.deepEqual(await wait.exit, { statusCode: 0 });
  });
});

test("openWait() of an old API says that a container is not there", async () => {
  await onBench(undefined, async ({ engine }) => {
    await assert.rejects(engine.openWait("c1"), {
      code: "not_found",
      message: 'Cannot wait for container "c1": no such container',
    });
  });
});

test("the exit of openWait() of an old API fails when the container is removed before its start", async () => {
  await onBench(neverStarted, async (bench) => {
    await using wait = await bench.engine.openWait("c1");
    bench.state = undefined;
    const failed = assert.rejects(wait.exit, {
      code: "failed",
      retryable: false,
      message: 'Cannot wait for container "c1": it was removed before its start',
    });
    await lookUntil(bench, () => looks(bench) >= 2);
    await failed;
  });
});

test("the exit of openWait() of an old API fails, and is no exit, when the daemon goes away", async () => {
  await onBench(running, async (bench) => {
    await using wait = await bench.engine.openWait("c1");
    while (bench.waits.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    bench.waits[0]!.destroy();
    await assert.rejects(wait.exit, { code: "failed", retryable: true, message: /^Cannot wait for container "c1": / });
  });
});

test("openWait() of an old API is ended by an abort, by disposing it and by the end of the engine", async () => {
  for (const state of [neverStarted, running]) {
    await onBench(state, async (bench) => {
      const { engine } = bench;
      const controller = new AbortController();
      const aborted = await engine.openWait("c1", { signal: controller.signal });
      controller.abort(new Error("enough"));
      const message = 'Cannot wait for container "c1": aborted (enough)';
      await assert.rejects(aborted.exit, { code: "aborted", message });
      const disposed = await engine.openWait("c1");
      await disposed[Symbol.asyncDispose]();
      await assert.rejects(disposed.exit, { code: "aborted", message: 'Cannot wait for container "c1": given up' });
      const last = await engine.openWait("c1");
      await engine[Symbol.asyncDispose]();
      await assert.rejects(last.exit, { code: "aborted", message: /^Cannot wait for container "c1": the connection/ });
      await untilNobodyIsConnected(bench.daemon);
    });
  }
});
