import assert from "node:assert/strict";
import { test } from "node:test";
import { Event_Type, TaskState, TaskStatus_Reason, TaskStatus_Source } from "../../../../src/mesos/protocol.ts";
import { openBench, partitionAware, settle } from "../bench.ts";
import { FakeClock } from "../fake_clock.ts";

test("subscribe() sends SUBSCRIBED, then what was queued, in order of arrival", async () => {
  await using bench = await openBench();
  bench.launch("one");
  bench.launch("two");
  const stream = await bench.raw().subscribe();
  const [subscribed, first, second] = await stream.take(3);
  const container = await bench.containerizer.container();
  assert.equal(subscribed?.type, Event_Type.SUBSCRIBED);
  assert.equal(subscribed.subscribed?.executorInfo?.frameworkId?.value, bench.frameworkId);
  assert.equal(subscribed.subscribed?.frameworkInfo?.name, "bench");
  assert.deepEqual(subscribed.subscribed?.agentInfo, bench.agent.agentInfo);
  assert.equal(subscribed.subscribed?.containerId?.value, container.spec.containerId);
  assert.equal(first?.launch?.task?.taskId?.value, "one");
  assert.equal(first?.launch?.task?.agentId?.value, bench.agent.agentInfo.id?.value);
  assert.equal(second?.launch?.task?.taskId?.value, "two");
});

test("deliver() sends later tasks at once", async () => {
  await using bench = await openBench();
  bench.launch("one");
  const stream = await bench.raw().subscribe();
  await stream.take(2);
  bench.launch("two");
  const [event] = await stream.take(1);
  assert.equal(event?.launch?.task?.taskId?.value, "two");
});

test("subscribe() lets the newest connection win and ends the older one cleanly", async () => {
  await using bench = await openBench();
  bench.launch("one");
  const older = await bench.raw().subscribe();
  await older.take(2);
  await bench.raw().update("one", TaskState.TASK_RUNNING);
  await older.take(1);
  const newer = await bench.raw().subscribe();
  assert.equal(await older.ended(), "end");
  await newer.take(1);
  bench.agent.kill(bench.frameworkId, "one");
  const [event] = await newer.take(1);
  assert.equal(event?.type, Event_Type.KILL);
});

test("subscribe() sends heartbeats as long as the stream lives", async () => {
  const clock = new FakeClock();
  await using bench = await openBench({ clock });
  bench.launch("one");
  const stream = await bench.raw().subscribe();
  await stream.take(2);
  for (let beat = 0; beat < 3; beat++) {
    clock.advance(30 * 60_000 - 1);
    await settle();
    assert.deepEqual(stream.pending, []);
    clock.advance(1);
    const [event] = await stream.take(1);
    assert.equal(event?.type, Event_Type.HEARTBEAT);
  }
  const waiting = clock.waiting;
  await bench.raw().subscribe();
  assert.equal(clock.waiting, waiting, "the older stream's heartbeat is cancelled");
});

test("subscribe() takes unacknowledged updates as normal ones, in order", async () => {
  await using bench = await openBench();
  bench.launch("one");
  const executor = bench.raw();
  await (await executor.subscribe()).take(2);
  const starting = executor.status("one", TaskState.TASK_STARTING);
  const running = executor.status("one", TaskState.TASK_RUNNING);
  const stream = await executor.subscribe({
    unacknowledgedUpdates: [{ status: starting }, { status: running }],
    unacknowledgedTasks: [{ name: "one", taskId: { value: "one" }, agentId: { value: "any" } }],
  });
  const [subscribed, first, second] = await stream.take(3);
  assert.equal(subscribed?.type, Event_Type.SUBSCRIBED);
  assert.deepEqual(first?.acknowledged?.uuid, starting.uuid);
  assert.deepEqual(second?.acknowledged?.uuid, running.uuid);
  assert.equal((await bench.report("update")).status.state, TaskState.TASK_STARTING);
  assert.equal((await bench.report("update")).status.state, TaskState.TASK_RUNNING);
});

test("subscribe() drops a task that was sent and that the executor does not know", async () => {
  await using bench = await openBench();
  bench.launch("known");
  bench.launch("lost");
  const executor = bench.raw();
  await (await executor.subscribe()).take(3);
  const task = { name: "known", taskId: { value: "known" }, agentId: { value: "any" } };
  await executor.subscribe({ unacknowledgedTasks: [task] });
  const { status } = await bench.report("update");
  assert.equal(status.taskId?.value, "lost");
  assert.equal(status.state, TaskState.TASK_DROPPED);
  assert.equal(status.reason, TaskStatus_Reason.AGENT_RESTARTED);
  assert.equal(status.source, TaskStatus_Source.AGENT);
  assert.equal(status.message, "Task launched during agent restart");
});

test("subscribe() calls a dropped task lost for frameworks that are not partition-aware", async () => {
  await using bench = await openBench({}, { ...partitionAware, capabilities: [] });
  bench.launch("lost");
  await (await bench.raw().subscribe()).take(2);
  await bench.raw().subscribe();
  assert.equal((await bench.report("update")).status.state, TaskState.TASK_LOST);
});

test("subscribe() drops what was launched into a dead stream", async () => {
  await using bench = await openBench();
  bench.launch("one");
  const executor = bench.raw();
  const stream = await executor.subscribe();
  await stream.take(2);
  await executor.update("one", TaskState.TASK_RUNNING);
  await stream.take(1);
  stream.destroy();
  // Until the agent notices, what it sends is lost without a trace; then there is nobody to send to.
  for (let turn = 0; turn < 10; turn++) await settle();
  bench.launch("two");
  const next = await executor.subscribe();
  assert.equal((await next.take(1))[0]?.type, Event_Type.SUBSCRIBED);
  await bench.report("update");
  const { status } = await bench.report("update");
  assert.deepEqual([status.taskId?.value, status.state], ["two", TaskState.TASK_DROPPED]);
  await settle();
  assert.deepEqual(next.pending, []);
});

test("subscribe() shuts down an executor whose tasks were all killed before", async () => {
  await using bench = await openBench();
  bench.launch("one");
  bench.agent.kill(bench.frameworkId, "one");
  const stream = await bench.raw().subscribe();
  const [event] = await stream.take(1);
  assert.equal(event?.type, Event_Type.SHUTDOWN);
  assert.equal(await stream.ended(), "end");
});

test("subscribe() tells a terminating executor to shut down and ends the stream", async () => {
  await using bench = await openBench();
  bench.launch("one");
  const executor = bench.raw();
  const first = await executor.subscribe();
  await first.take(2);
  bench.agent.shutdownExecutor(bench.frameworkId, "ex");
  assert.equal((await first.take(1))[0]?.type, Event_Type.SHUTDOWN);
  const second = await executor.subscribe();
  assert.equal((await second.take(1))[0]?.type, Event_Type.SHUTDOWN);
  assert.equal(await second.ended(), "end");
  assert.equal(first.ending, "open", "the stream that was told first stays");
});

test("subscribe() shuts down an executor with TASK_STAGING among its updates", async () => {
  await using bench = await openBench();
  bench.launch("one");
  const executor = bench.raw();
  const status = executor.status("one", TaskState.TASK_STAGING);
  const stream = await executor.subscribe({ unacknowledgedUpdates: [{ status }] });
  assert.equal((await stream.take(1))[0]?.type, Event_Type.SHUTDOWN);
});

test("findDeadlyUuid() finds what would end a real agent: the connection is cut, the executor destroyed", async () => {
  await using bench = await openBench();
  bench.launch("one");
  await bench.containerizer.container();
  const executor = bench.raw();
  const status = executor.status("one", TaskState.TASK_RUNNING, { uuid: Uint8Array.of(1, 2, 3) });
  await assert.rejects(executor.subscribe({ unacknowledgedUpdates: [{ status }] }));
  const violation = await bench.report("violation");
  assert.match(violation.message, /uuid 010203.* would end an agent's process/);
  const { exit } = await bench.report("exit");
  assert.deepEqual(exit, { kind: "signal", signal: "SIGKILL" });
  assert.equal((await bench.report("update")).status.message, "Executor terminated");
});
