import assert from "node:assert/strict";
import { test } from "node:test";
import { hang } from "../fakes/engine_faults.ts";
import { ExecutorBench } from "./executor_bench.ts";
import { reasonOf } from "./step_words.ts";
import { settled } from "./until.ts";

const twoSeconds = { maxCompletionTime: { nanoseconds: 2_000_000_000n } };

test("a task that does not complete in its time fails for that, without TASK_KILLING and without grace (case 50)", async () => {
  const bench = new ExecutorBench();
  const container = await bench.run("t1", twoSeconds);
  container.stopManner = "ignores";
  bench.clock.advance(1999);
  await settled();
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING"]);
  bench.clock.advance(1);
  assert.deepEqual(await bench.ended(), { kind: "code", code: 0 });
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "FAILED"]);
  assert.equal(reasonOf(bench.agent.lastOf("t1")), "MAX_COMPLETION_TIME_REACHED");
  assert.equal(bench.engine.callsOf("stopContainer").length, 0);
});

test("the time of a task runs from its LAUNCH, not from its start", async () => {
  const bench = new ExecutorBench();
  bench.engine.once("inspectImage", hang());
  bench.agent.subscribe();
  bench.agent.launch("t1", twoSeconds);
  await settled();
  await bench.pass(2000);
  await bench.reported("t1", "FAILED");
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "FAILED"]);
  assert.match(bench.agent.lastOf("t1").message ?? "", /^Container not started/);
});

test("a kill that came before its time is over gives a task its grace, and decides how its end is told", async () => {
  const bench = new ExecutorBench();
  const container = await bench.run("t1", twoSeconds);
  container.stopManner = "ignores";
  bench.agent.kill("t1", 60_000);
  await settled();
  bench.clock.advance(3000);
  await settled();
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "KILLING"]);
  assert.equal(bench.engine.callsOf("killContainer").length, 0);
  container.exit(0);
  await bench.reported("t1", "KILLED");
});

test("a task that completes in its time finishes, and nothing waits for the rest of it", async () => {
  const bench = new ExecutorBench();
  const container = await bench.run("t1", twoSeconds);
  container.exit(0);
  assert.deepEqual(await bench.ended(), { kind: "code", code: 0 });
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "FINISHED"]);
  assert.equal(bench.clock.delays.length, 0);
});
