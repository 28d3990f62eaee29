import assert from "node:assert/strict";
import { test } from "node:test";
import { delay, fail } from "../fakes/engine_faults.ts";
import { ExecutorBench } from "./executor_bench.ts";
import { createTask } from "./task_specimen.ts";
import { settled, until } from "./until.ts";

const done = { kind: "code", code: 0 };

test("the executor ends after the acknowledgement of the last update, and not before (case 59)", async () => {
  const bench = new ExecutorBench();
  bench.agent.manner = "waits";
  (await bench.run("t1")).exit(0);
  await bench.reported("t1", "FINISHED");
  await bench.clock.scheduled(60_000);
  bench.clock.advance(59_999);
  await settled();
  assert.equal(bench.end, undefined);
  bench.agent.acknowledge();
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.clock.delays, []);
});

test("the executor ends with 1 when the last update is not acknowledged within 60 s (case 59)", async () => {
  const bench = new ExecutorBench();
  bench.agent.manner = "waits";
  (await bench.run("t1")).exit(0);
  await bench.pass(60_000);
  assert.deepEqual(await bench.ended(), { kind: "code", code: 1 });
  assert.deepEqual(bench.log.messages("warn"), ["the agent did not acknowledge the last update"]);
});

test("a LAUNCH that crosses the end of the executor makes no container", async () => {
  const bench = new ExecutorBench();
  bench.agent.manner = "waits";
  (await bench.run("t1")).exit(0);
  await bench.clock.scheduled(60_000);
  bench.agent.acknowledge();
  bench.agent.launch("t2");
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.engine.containers, []);
  assert.deepEqual(bench.agent.statesOf("t2"), []);
});

test("the executor does not end before the container is removed", async () => {
  const bench = new ExecutorBench();
  const container = await bench.run("t1");
  bench.engine.once("removeContainer", delay(1000));
  container.exit(0);
  await bench.clock.scheduled(1000);
  await settled();
  assert.equal(bench.end, undefined);
  bench.clock.advance(1000);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.engine.containers, []);
});

test("the patience with one task's last update does not end another that was launched meanwhile", async () => {
  const bench = new ExecutorBench();
  bench.agent.manner = "waits";
  (await bench.run("t1")).exit(0);
  await bench.clock.scheduled(60_000);
  bench.clock.advance(30_000);
  const second = await bench.run("t2");
  bench.clock.advance(40_000);
  await settled();
  assert.equal(bench.end, undefined);
  assert.equal(second.status, "running");
  second.exit(0);
  await bench.pass(60_000);
  assert.deepEqual(await bench.ended(), { kind: "code", code: 1 });
  assert.deepEqual(bench.engine.containers, []);
});

test("the patience with the last update is not renewed by what else is heard", async () => {
  const bench = new ExecutorBench();
  bench.agent.manner = "waits";
  (await bench.run("t1")).exit(0);
  await bench.clock.scheduled(60_000);
  bench.clock.advance(59_999);
  bench.agent.kill("other");
  await settled();
  assert.equal(bench.end, undefined);
  bench.clock.advance(1);
  assert.deepEqual(await bench.ended(), { kind: "code", code: 1 });
});

test("SHUTDOWN stops a task in time for the agent's grace (case 48)", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  bench.agent.tell({ kind: "shutdown" });
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.engine.callsOf("stopContainer")[0]?.options, { graceSeconds: 3, deadlineMs: 1000 });
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "KILLING", "KILLED"]);
  assert.match(bench.agent.lastOf("t1").message ?? "", /, killed because the executor shuts down$/);
  assert.deepEqual(bench.engine.containers, []);
});

test("SHUTDOWN without a task ends at once (case 48)", async () => {
  const bench = new ExecutorBench();
  bench.agent.tell({ kind: "shutdown" });
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.updates, []);
  assert.deepEqual(bench.engine.calls, []);
});

test("SHUTDOWN ends within the grace even when nothing is acknowledged any more (case 48)", async () => {
  const bench = new ExecutorBench();
  bench.agent.manner = "waits";
  (await bench.run("t1")).stopManner = "ignores";
  bench.agent.tell({ kind: "shutdown" });
  await bench.pass(3000);
  await bench.pass(1000);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t1").at(-1), "KILLED");
});

test("SHUTDOWN ends the patience with an update that is waited for already", async () => {
  const bench = new ExecutorBench();
  bench.agent.manner = "waits";
  (await bench.run("t1")).exit(0);
  await bench.clock.scheduled(60_000);
  bench.agent.tell({ kind: "shutdown" });
  await bench.pass(1000);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.clock.delays, [], "no timer keeps the process alive");
});

test("SHUTDOWN while a task is prepared starts nothing", async () => {
  const bench = new ExecutorBench();
  bench.engine.once("createContainer", delay(1000));
  bench.agent.launch("t1");
  await bench.clock.scheduled(1000);
  bench.agent.tell({ kind: "shutdown" });
  await bench.reported("t1", "KILLING");
  bench.clock.advance(1000);
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "KILLING", "KILLED"]);
  assert.deepEqual(bench.engine.containers, []);
});

test("SHUTDOWN stops every task", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  await bench.run("t2");
  bench.agent.tell({ kind: "shutdown" });
  assert.deepEqual(await bench.ended(), done);
  for (const taskId of ["t1", "t2"]) assert.equal(bench.agent.statesOf(taskId).at(-1), "KILLED");
  assert.deepEqual(bench.engine.containers, []);
});

test("a signal ends as SHUTDOWN does, a second one without grace (case 49)", async () => {
  const bench = new ExecutorBench();
  (await bench.run("t1")).stopManner = "ignores";
  bench.loop.end("graceful");
  await bench.clock.scheduled(3000);
  bench.loop.end("immediate");
  assert.deepEqual(await bench.ended(), done);
  assert.deepEqual(bench.engine.callsOf("killContainer")[0]?.options, { killSignal: "SIGKILL", deadlineMs: 1000 });
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "KILLING", "KILLED"]);
});

test("an ERROR of the agent ends as SHUTDOWN does, and with 1", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  bench.agent.tell({ kind: "error", message: "framework is gone" });
  assert.deepEqual(await bench.ended(), { kind: "code", code: 1 });
  assert.deepEqual(bench.log.lines, [
    { level: "error", message: "the agent reports a fatal error", fields: { error: "framework is gone" } },
  ]);
  assert.deepEqual(bench.engine.containers, []);
});

test("the loss of the agent stops and removes every container, and ends with 1 (case 57)", async () => {
  const bench = new ExecutorBench();
  bench.agent.manner = "waits";
  await bench.run("t1");
  await bench.run("t2");
  bench.agent.lose();
  assert.deepEqual(await bench.ended(), { kind: "code", code: 1 });
  assert.equal(bench.engine.callsOf("stopContainer").length, 2);
  assert.deepEqual(bench.engine.containers, []);
  assert.match(bench.agent.lastOf("t1").message ?? "", /, killed because the agent is lost$/);
});

test("the loss of the agent without a task ends with 1 at once", async () => {
  const bench = new ExecutorBench();
  bench.agent.lose();
  assert.deepEqual(await bench.ended(), { kind: "code", code: 1 });
});

test("the loss of the agent while the last update is waited for ends with 1 at once", async () => {
  const bench = new ExecutorBench();
  bench.agent.manner = "waits";
  (await bench.run("t1")).exit(0);
  await bench.clock.scheduled(60_000);
  bench.agent.lose();
  assert.deepEqual(await bench.ended(), { kind: "code", code: 1 });
  assert.deepEqual(bench.clock.delays, []);
});

test("an error of ours removes every container, and the run rejects with it", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  await bench.run("t2");
  const error = new RangeError("a bug");
  bench.loop.fail(error);
  assert.deepEqual(await bench.ended(), { kind: "error", error });
  assert.deepEqual(bench.engine.containers, []);
});

test("an error of ours within a call to the daemon removes every container", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  const error = new RangeError("a bug");
  bench.engine.inspectImage = () => Promise.reject(error);
  bench.agent.launch("t2");
  assert.deepEqual(await bench.ended(), { kind: "error", error });
  assert.deepEqual(bench.engine.containers, []);
});

test("an error of ours while a task is read removes every container", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  const error = new RangeError("a bug");
  const task = createTask({ taskId: { value: "t2" } });
  Object.defineProperty(task, "container", {
    get: () => {
      throw error;
    },
  });
  bench.agent.tell({ kind: "launch", taskId: "t2", task });
  assert.deepEqual(await bench.ended(), { kind: "error", error });
  assert.deepEqual(bench.engine.containers, []);
});

test("an error of ours while the agent is heard removes every container", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  const error = new RangeError("a bug");
  bench.agent.update = () => {
    throw error;
  };
  bench.agent.kill("t1");
  assert.deepEqual(await bench.ended(), { kind: "error", error });
  assert.deepEqual(bench.engine.containers, []);
});

test("an error of ours does not leave the container of a creation under way", async () => {
  const bench = new ExecutorBench();
  bench.engine.once("createContainer", delay(1000));
  bench.agent.launch("t1");
  await bench.clock.scheduled(1000);
  const error = new RangeError("a bug");
  bench.loop.fail(error);
  await settled();
  assert.equal(bench.end, undefined, "the creation is waited for");
  bench.clock.advance(1000);
  assert.deepEqual(await bench.ended(), { kind: "error", error });
  assert.deepEqual(bench.engine.containers, []);
  assert.equal(bench.engine.methods.includes("startContainer"), false);
});

test("an executor that has failed launches nothing while it removes its containers", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  bench.engine.once("removeContainer", fail("timeout"));
  const error = new RangeError("a bug");
  bench.loop.fail(error);
  await bench.clock.scheduled(1000);
  bench.agent.launch("t2");
  await settled();
  assert.deepEqual(bench.agent.statesOf("t2"), []);
  bench.clock.advance(1000);
  assert.deepEqual(await bench.ended(), { kind: "error", error });
  assert.deepEqual(bench.engine.containers, []);
});

test("an error of ours is told even when a container cannot be removed", async () => {
  const bench = new ExecutorBench();
  await bench.run("t1");
  bench.engine.always("removeContainer", fail("absent", "nobody listens"));
  const error = new RangeError("a bug");
  bench.loop.fail(error);
  for (let attempt = 0; attempt < 4; attempt++) await bench.pass(1000);
  await until(() => bench.end !== undefined);
  assert.deepEqual(bench.end, { kind: "error", error });
  assert.equal(bench.log.messages("error").at(-1), "container left behind");
});
