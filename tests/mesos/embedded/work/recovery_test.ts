import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddedAgentError } from "../../../../src/mesos/embedded/mod.ts";
import { Event_Type, TaskState, TaskStatus_Reason, TaskStatus_Source } from "../../../../src/mesos/protocol.ts";
import { openBench, partitionAware, settle } from "../bench.ts";
import { FakeClock } from "../fake_clock.ts";

test("restart() cuts the streams; who subscribes again keeps its tasks", async () => {
  const clock = new FakeClock();
  await using bench = await openBench({ clock });
  bench.launch("one");
  const executor = bench.raw();
  const before = await executor.subscribe();
  await before.take(2);
  await executor.update("one", TaskState.TASK_RUNNING);
  await bench.report("update");
  const { port } = bench.agent.endpoint;
  await bench.agent.setStage("down");
  assert.equal(await before.ended(), "error");
  await assert.rejects(executor.subscribe(), /ECONNREFUSED/);
  await bench.agent.setStage("reconnecting");
  assert.equal(bench.agent.endpoint.port, port);
  const after = await executor.subscribe();
  assert.equal((await after.take(1))[0]?.type, Event_Type.SUBSCRIBED);
  clock.advance(2000);
  assert.equal(bench.agent.stage, "running");
  bench.agent.kill(bench.frameworkId, "one");
  assert.equal((await after.take(1))[0]?.type, Event_Type.KILL);
});

test("restart() passes through all stages in order", async () => {
  await using bench = await openBench({ reregistrationTimeoutMs: 20 });
  const stages: string[] = [];
  await bench.agent.restart({ downMs: 1, startingMs: 1, recoveringMs: 1 });
  while (stages.at(-1) !== "running") stages.push((await bench.report("stage")).stage);
  assert.deepEqual(stages, ["down", "starting", "recovering", "reconnecting", "running"]);
});

test("destroyUnregistered() destroys who stays away: TASK_GONE", async () => {
  const clock = new FakeClock();
  await using bench = await openBench({ clock, reregistrationTimeoutMs: 15_000 });
  bench.launch("one");
  await bench.containerizer.container();
  const stream = await bench.raw().subscribe();
  await stream.take(2);
  await bench.raw().update("one", TaskState.TASK_RUNNING);
  await bench.report("update");
  await bench.agent.restart();
  clock.advance(15_000);
  assert.deepEqual((await bench.report("exit")).exit, { kind: "signal", signal: "SIGKILL" });
  const { status } = await bench.report("update");
  assert.equal(status.state, TaskState.TASK_GONE);
  assert.equal(status.reason, TaskStatus_Reason.EXECUTOR_REREGISTRATION_TIMEOUT);
  assert.equal(status.message, "Executor did not reregister within 15secs");
});

test("destroyOrphans() ends executors of frameworks without checkpointing", async () => {
  await using bench = await openBench({ clock: new FakeClock() }, { ...partitionAware, checkpoint: false });
  bench.launch("one");
  const container = await bench.containerizer.container();
  assert.equal(container.spec.environment.MESOS_CHECKPOINT, "0");
  assert.equal(container.spec.environment.MESOS_RECOVERY_TIMEOUT, undefined);
  await settle();
  await bench.agent.restart();
  await bench.report("exit");
  const { status } = await bench.report("update");
  assert.equal(status.state, TaskState.TASK_GONE);
  assert.equal(status.reason, TaskStatus_Reason.AGENT_DISCONNECTED);
  assert.equal(status.source, TaskStatus_Source.MASTER);
});

test("learnEnds() reports what ended while the agent was away, when it is back", async () => {
  await using bench = await openBench({ clock: new FakeClock() });
  bench.launch("one");
  const container = await bench.containerizer.container();
  await settle();
  await bench.agent.setStage("down");
  container.exit(9);
  await settle();
  let report: unknown;
  const exit = bench.report("exit").then((given) => {
    report = given;
    return given;
  });
  await bench.agent.setStage("recovering");
  await settle();
  assert.equal(report, undefined);
  await bench.agent.setStage("reconnecting");
  assert.deepEqual((await exit).exit, { kind: "code", code: 9 });
  assert.equal((await bench.report("update")).status.message, "Executor terminated");
});

test("checkRunning() refuses what a master could not pass on", async () => {
  await using bench = await openBench({ clock: new FakeClock() });
  bench.launch("one");
  await bench.agent.setStage("recovering");
  const isAway = (error: unknown) => error instanceof EmbeddedAgentError && error.code === "away";
  assert.throws(() => bench.agent.kill(bench.frameworkId, "one"), isAway);
  assert.throws(() => bench.agent.shutdownExecutor(bench.frameworkId, "ex"), isAway);
  assert.throws(() => bench.agent.message(bench.frameworkId, "ex", new Uint8Array()), isAway);
  assert.throws(() => bench.launch("two"), /Cannot launch task "two": the agent is recovering/);
});

test("setStage() leaves the agent where it is when it is there", async () => {
  await using bench = await openBench();
  await bench.agent.setStage("running");
  await bench.agent.setStage("down");
  await bench.agent.setStage("down");
  assert.equal((await bench.report("stage")).stage, "down");
  await bench.agent.setStage("starting");
  assert.equal((await bench.report("stage")).stage, "starting");
});

test("the agent closes from every stage of a restart", async () => {
  for (const stage of ["down", "starting", "recovering", "reconnecting"] as const) {
    const bench = await openBench({ clock: new FakeClock() });
    bench.launch("one");
    const container = await bench.containerizer.container();
    await settle();
    await bench.agent.setStage(stage);
    const exit = bench.report("exit");
    const closed = bench.agent[Symbol.asyncDispose]();
    if (stage === "reconnecting") container.exit(0);
    await closed;
    assert.equal((await exit).executorId, "ex", stage);
    await bench[Symbol.asyncDispose]();
  }
});

test("restart() ends with the agent, and cannot be begun after it", async () => {
  const bench = await openBench({ clock: new FakeClock() });
  const isAway = (error: unknown) => error instanceof EmbeddedAgentError && error.code === "away";
  const refused = assert.rejects(bench.agent.restart({ downMs: 60_000 }), isAway);
  await settle();
  await bench.agent[Symbol.asyncDispose]();
  await refused;
  await assert.rejects(bench.agent.setStage("running"), isAway);
  await bench[Symbol.asyncDispose]();
});
