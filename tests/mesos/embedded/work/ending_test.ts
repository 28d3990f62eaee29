import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Call_Type,
  Event_Type,
  TaskState,
  TaskStatus_Reason,
  TaskStatus_Source,
} from "../../../../src/mesos/protocol.ts";
import { openBench, settle } from "../bench.ts";
import { FakeClock } from "../fake_clock.ts";

test("end() reports the exit, then fails what was unfinished", async () => {
  await using bench = await openBench();
  bench.launch("done");
  bench.launch("running");
  bench.launch("silent");
  const stream = await bench.raw().subscribe();
  await stream.take(4);
  await bench.raw().update("done", TaskState.TASK_FINISHED);
  await bench.raw().update("running", TaskState.TASK_RUNNING);
  const container = await bench.containerizer.container();
  container.exit(3);
  const exit = await bench.report("exit");
  assert.deepEqual(exit.exit, { kind: "code", code: 3 });
  assert.equal(exit.executorId, "ex");
  assert.equal(exit.sandbox, container.spec.sandbox);
  assert.equal(exit.containerId, container.spec.containerId);
  for (const id of ["running", "silent"]) {
    const { status } = await bench.report("update");
    assert.equal(status.taskId?.value, id);
    assert.equal(status.state, TaskState.TASK_FAILED);
    assert.equal(status.reason, TaskStatus_Reason.EXECUTOR_TERMINATED);
    assert.equal(status.source, TaskStatus_Source.AGENT);
    assert.equal(status.message, "Executor terminated");
  }
  assert.equal(await stream.ended(), "end");
  const reply = await bench.raw().call({ type: Call_Type.SUBSCRIBE, subscribe: {} });
  assert.deepEqual([reply.status, reply.body], [400, "Executor cannot be found"]);
});

test("end() frees the resources of executor and tasks; the ids may be used again", async () => {
  const resources = { cpus: 0.2, mem: 64, disk: 2, ports: [] };
  await using bench = await openBench({ resources });
  bench.launch("one");
  assert.throws(() => bench.agent.allocate({ cpus: 0.1, mem: 0 }), /Cannot allocate 0.1 cpus: 0 free/);
  (await bench.containerizer.container()).exit(0);
  await bench.report("update");
  bench.agent.decline(bench.agent.allocate({ cpus: 0.2, mem: 64, disk: 2 }));
  bench.agent.allocate({ cpus: 0.1, mem: 32, disk: 1 });
  bench.launch("one");
  const second = await bench.containerizer.container(1);
  assert.notEqual(second.spec.containerId, bench.containerizer.containers[0]?.spec.containerId);
});

test("armRegistration() destroys an executor that does not subscribe in time", async () => {
  const clock = new FakeClock();
  await using bench = await openBench({ clock });
  bench.launch("one");
  await bench.containerizer.container();
  await settle();
  clock.advance(59_999);
  await settle();
  assert.equal(bench.containerizer.containers.length, 1);
  clock.advance(1);
  assert.deepEqual((await bench.report("exit")).exit, { kind: "signal", signal: "SIGKILL" });
  const { status } = await bench.report("update");
  assert.equal(status.state, TaskState.TASK_FAILED);
  assert.equal(status.reason, TaskStatus_Reason.EXECUTOR_REGISTRATION_TIMEOUT);
  assert.equal(status.message, "Executor did not register within 1mins");
});

test("armRegistration() leaves an executor alone that has subscribed", async () => {
  const clock = new FakeClock();
  await using bench = await openBench({ clock, heartbeatIntervalMs: 10 * 60_000 });
  bench.launch("one");
  await bench.containerizer.container();
  await settle();
  const stream = await bench.raw().subscribe();
  await stream.take(2);
  clock.advance(5 * 60_000);
  await bench.raw().update("one", TaskState.TASK_RUNNING);
  assert.equal((await bench.report("update")).status.state, TaskState.TASK_RUNNING);
});

test("shutDown() sends SHUTDOWN, still takes updates, and destroys after the grace", async () => {
  const clock = new FakeClock();
  await using bench = await openBench({ clock, shutdownGraceMs: 3000 });
  bench.launch("one");
  await bench.containerizer.container();
  const stream = await bench.raw().subscribe();
  await stream.take(2);
  bench.agent.shutdownExecutor(bench.frameworkId, "ex");
  bench.agent.shutdownExecutor(bench.frameworkId, "ex");
  assert.equal((await stream.take(1))[0]?.type, Event_Type.SHUTDOWN);
  const killed = await bench.raw().update("one", TaskState.TASK_KILLED);
  assert.deepEqual((await stream.take(1))[0]?.acknowledged?.uuid, killed.uuid);
  clock.advance(2999);
  await settle();
  assert.equal(stream.ending, "open");
  clock.advance(1);
  assert.deepEqual((await bench.report("exit")).exit, { kind: "signal", signal: "SIGKILL" });
  assert.equal(await stream.ended(), "end");
  assert.deepEqual(stream.pending, [], "one SHUTDOWN, however often it was asked for");
});

test("shutDown() grants the executor's own grace", async () => {
  const clock = new FakeClock();
  await using bench = await openBench({ clock });
  bench.launch("one", { executor: { shutdownGracePeriod: { nanoseconds: 60_000_000_000n } } });
  const container = await bench.containerizer.container();
  assert.equal(container.spec.environment.MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD, "1mins");
  await settle();
  bench.agent.shutdownExecutor(bench.frameworkId, "ex");
  let hasExited = false;
  const exited = container.exited.then(() => {
    hasExited = true;
  });
  clock.advance(59_999);
  await settle();
  assert.equal(hasExited, false);
  clock.advance(1);
  await exited;
});

test("live() fails the tasks of an executor that could not be launched", async () => {
  await using bench = await openBench();
  bench.containerizer.beforeLaunch = async () => {
    throw new Error("Failed to fetch all URIs for container 'x': no such file");
  };
  bench.launch("one");
  const message = "Failed to launch container: Failed to fetch all URIs for container 'x': no such file";
  assert.deepEqual((await bench.report("exit")).exit, { kind: "not started", message });
  const { status } = await bench.report("update");
  assert.equal(status.state, TaskState.TASK_FAILED);
  assert.equal(status.reason, TaskStatus_Reason.CONTAINER_LAUNCH_FAILED);
  assert.equal(status.message, message);
});

test("destroy() stops a launch that is under way", async () => {
  const clock = new FakeClock();
  await using bench = await openBench({ clock });
  bench.containerizer.beforeLaunch = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  bench.launch("one");
  await settle();
  bench.agent.shutdownExecutor(bench.frameworkId, "ex");
  clock.advance(5000);
  const { exit } = await bench.report("exit");
  assert.equal(exit.kind, "not started");
  assert.equal(bench.containerizer.containers.length, 0);
});

test("launch() refuses tasks for an executor on its way out: TASK_DROPPED", async () => {
  await using bench = await openBench();
  bench.launch("one");
  const stream = await bench.raw().subscribe();
  await stream.take(2);
  bench.agent.shutdownExecutor(bench.frameworkId, "ex");
  bench.launch("two");
  const { status } = await bench.report("update");
  assert.equal(status.taskId?.value, "two");
  assert.equal(status.state, TaskState.TASK_DROPPED);
  assert.equal(status.reason, TaskStatus_Reason.EXECUTOR_TERMINATED);
});
