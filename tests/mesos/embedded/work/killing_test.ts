import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddedAgentError } from "../../../../src/mesos/embedded/mod.ts";
import { Event_Type, TaskState, TaskStatus_Reason, TaskStatus_Source } from "../../../../src/mesos/protocol.ts";
import { openBench, settle, toExecutor } from "../bench.ts";
import { FakeClock } from "../fake_clock.ts";

test("killTask() sends KILL with the policy that overrides", async () => {
  await using bench = await openBench();
  bench.launch("one");
  const stream = await bench.raw().subscribe();
  await stream.take(2);
  bench.agent.kill(bench.frameworkId, "one");
  bench.agent.kill(bench.frameworkId, "one", { gracePeriod: { nanoseconds: 2_500_000_000n } });
  const [plain, overriding] = await stream.take(2);
  assert.equal(plain?.kill?.killPolicy, undefined);
  assert.equal(overriding?.kill?.killPolicy?.gracePeriod?.nanoseconds, 2_500_000_000n);
});

test("killTask() ends a waiting task alone; its executor lives as long as another waits", async () => {
  const clock = new FakeClock();
  await using bench = await openBench({ clock });
  bench.launch("one");
  bench.launch("two");
  await bench.containerizer.container();
  bench.agent.kill(bench.frameworkId, "one");
  const { status } = await bench.report("update");
  assert.equal(status.state, TaskState.TASK_KILLED);
  assert.equal(status.reason, TaskStatus_Reason.TASK_KILLED_DURING_LAUNCH);
  assert.equal(status.source, TaskStatus_Source.AGENT);
  const stream = await bench.raw().subscribe();
  const events = await stream.take(2);
  assert.equal(events[1]?.launch?.task?.taskId?.value, "two");
  await settle();
  assert.deepEqual(stream.pending, [], "the killed task is never delivered");
});

test("killTask() shuts down an executor that has nothing else, and destroys it after the grace", async () => {
  const clock = new FakeClock();
  await using bench = await openBench({ clock });
  bench.launch("one");
  await bench.containerizer.container();
  await settle();
  bench.agent.kill(bench.frameworkId, "one");
  assert.equal((await bench.report("update")).status.state, TaskState.TASK_KILLED);
  clock.advance(5000);
  assert.deepEqual((await bench.report("exit")).exit, { kind: "signal", signal: "SIGKILL" });
});

test("killTask() ends a whole group that waits", async () => {
  const clock = new FakeClock();
  await using bench = await openBench({ clock });
  const { agent, frameworkId } = bench;
  agent.allocate({ cpus: 0.1, mem: 32, disk: 1 });
  const member = (id: string) => ({
    ...{ name: id, taskId: { value: id } },
    resources: agent.allocate({ cpus: 0.1, mem: 32, disk: 1 }),
  });
  agent.launchGroup(frameworkId, toExecutor("ex", { type: 2 }), [member("one"), member("two")]);
  agent.kill(frameworkId, "two");
  for (const id of ["one", "two"]) {
    const { status } = await bench.report("update");
    assert.deepEqual([status.taskId?.value, status.state], [id, TaskState.TASK_KILLED]);
    assert.equal(status.message, "A task within the task group was killed before delivery to the executor");
  }
  clock.advance(5000);
  await bench.report("exit");
});

test("killTask() has no effect on an ended task, and knows no others", async () => {
  await using bench = await openBench();
  bench.launch("one");
  bench.launch("two");
  const stream = await bench.raw().subscribe();
  await stream.take(3);
  await bench.raw().update("one", TaskState.TASK_FINISHED);
  await stream.take(1);
  bench.agent.kill(bench.frameworkId, "one");
  bench.agent.kill(bench.frameworkId, "two");
  const [event] = await stream.take(1);
  assert.equal(event?.type, Event_Type.KILL);
  assert.equal(event.kill?.taskId?.value, "two");
  const unknown = (error: unknown) => error instanceof EmbeddedAgentError && error.code === "unknown";
  assert.throws(() => bench.agent.kill(bench.frameworkId, "none"), unknown);
  assert.throws(() => bench.agent.kill("none", "one"), unknown);
  assert.throws(() => bench.agent.shutdownExecutor(bench.frameworkId, "none"), unknown);
});

test("killTask() is lost on a dead stream and not replayed", async () => {
  await using bench = await openBench();
  bench.launch("one");
  const executor = bench.raw();
  const stream = await executor.subscribe();
  await stream.take(2);
  await executor.update("one", TaskState.TASK_RUNNING);
  await stream.take(1);
  stream.destroy();
  for (let turn = 0; turn < 10; turn++) await settle();
  bench.agent.kill(bench.frameworkId, "one");
  const next = await executor.subscribe();
  await next.take(1);
  await settle();
  assert.deepEqual(next.pending, []);
});
