import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Event_Type, TaskState } from "../../../src/mesos/protocol.ts";
import { openBench } from "./bench.ts";

/** Longer than the 10 s after which Bun's own server cuts a silent stream. */
const silenceMs = 16_000;

test("a stream on which nothing is said stays open", { timeout: 30_000 }, async () => {
  await using bench = await openBench();
  bench.launch("one");
  const stream = await bench.raw().subscribe();
  await stream.take(2);
  await wait(silenceMs);
  assert.equal(stream.ending, "open");
  bench.agent.kill(bench.frameworkId, "one");
  assert.equal((await stream.take(1))[0]?.type, Event_Type.KILL);
  await bench.raw().update("one", TaskState.TASK_KILLED);
  assert.equal((await stream.take(1))[0]?.type, Event_Type.ACKNOWLEDGED);
});
