import assert from "node:assert/strict";
import { test } from "node:test";
import { Call_Type, NetworkInfo_Protocol, TaskState } from "../../../../src/mesos/protocol.ts";
import { createUuid } from "../../../../src/mesos/uuid.ts";
import { type Bench, openBench, settle } from "../bench.ts";
import { FakeClock } from "../fake_clock.ts";
import type { RawStream } from "../raw_executor.ts";

async function subscribed(bench: Bench, ...taskIds: string[]): Promise<RawStream> {
  for (const id of taskIds) bench.launch(id);
  await bench.containerizer.container();
  const stream = await bench.raw().subscribe();
  await stream.take(1 + taskIds.length);
  return stream;
}

test("takeStatus() fills in what the agent knows", async () => {
  const clock = new FakeClock();
  await using bench = await openBench({ clock });
  await subscribed(bench, "one");
  await bench.raw().update("one", TaskState.TASK_RUNNING);
  const { status, frameworkId } = await bench.report("update");
  const { spec, pid } = await bench.containerizer.container();
  assert.equal(frameworkId, bench.frameworkId);
  assert.equal(status.agentId?.value, bench.agent.agentInfo.id?.value);
  assert.equal(status.timestamp, clock.now() / 1000);
  assert.equal(status.containerStatus?.containerId?.value, spec.containerId);
  assert.equal(status.containerStatus?.executorPid, pid);
  const [network] = status.containerStatus?.networkInfos ?? [];
  assert.equal(network?.ipAddresses[0]?.ipAddress, "127.0.0.1");
  assert.equal(network?.ipAddresses[0]?.protocol, NetworkInfo_Protocol.IPv4);
});

test("takeStatus() keeps what the executor says of itself", async () => {
  await using bench = await openBench();
  await subscribed(bench, "one");
  await bench.raw().update("one", TaskState.TASK_RUNNING, {
    timestamp: 12.5,
    healthy: true,
    containerStatus: {
      containerId: { value: "own" },
      executorPid: 7,
      networkInfos: [{ ipAddresses: [{ ipAddress: "172.17.0.9" }] }],
    },
  });
  const { status } = await bench.report("update");
  assert.equal(status.timestamp, 12.5);
  assert.equal(status.healthy, true);
  assert.equal(status.containerStatus?.containerId?.value, "own");
  assert.equal(status.containerStatus?.executorPid, 7);
  assert.deepEqual(
    status.containerStatus?.networkInfos.flatMap(({ ipAddresses }) => ipAddresses.map(({ ipAddress }) => ipAddress)),
    ["172.17.0.9"],
  );
});

test("takeStatus() acknowledges a repeated update again and passes it on once", async () => {
  await using bench = await openBench();
  const stream = await subscribed(bench, "one");
  const uuid = createUuid();
  await bench.raw().update("one", TaskState.TASK_RUNNING, { uuid });
  await bench.raw().update("one", TaskState.TASK_RUNNING, { uuid });
  const events = await stream.take(2);
  for (const event of events) assert.deepEqual(event.acknowledged?.uuid, uuid);
  await bench.raw().update("one", TaskState.TASK_FINISHED);
  assert.equal((await bench.report("update")).status.state, TaskState.TASK_RUNNING);
  assert.equal((await bench.report("update")).status.state, TaskState.TASK_FINISHED);
});

test("takeStatus() drops what comes after the terminal update, and acknowledges it", async () => {
  await using bench = await openBench();
  const stream = await subscribed(bench, "one", "two");
  await bench.raw().update("one", TaskState.TASK_KILLED);
  const late = await bench.raw().update("one", TaskState.TASK_FINISHED);
  const [, event] = await stream.take(2);
  assert.deepEqual(event?.acknowledged?.uuid, late.uuid);
  await bench.raw().update("two", TaskState.TASK_RUNNING);
  assert.equal((await bench.report("update")).status.state, TaskState.TASK_KILLED);
  assert.equal((await bench.report("update")).status.taskId?.value, "two");
});

test("takeStatus() acknowledges the update of an unknown task and passes nothing on", async () => {
  await using bench = await openBench();
  const stream = await subscribed(bench, "one");
  const unknown = await bench.raw().update("none", TaskState.TASK_RUNNING);
  const [event] = await stream.take(1);
  assert.equal(event?.acknowledged?.taskId?.value, "none");
  assert.deepEqual(event?.acknowledged?.uuid, unknown.uuid);
  await bench.raw().update("one", TaskState.TASK_RUNNING);
  assert.equal((await bench.report("update")).status.taskId?.value, "one");
});

test("takeStatus() swallows an update for another agent: 202, and never acknowledged", async () => {
  await using bench = await openBench();
  const stream = await subscribed(bench, "one");
  await bench.raw().update("one", TaskState.TASK_RUNNING, { agentId: { value: "another-S0" } });
  const right = await bench.raw().update("one", TaskState.TASK_RUNNING, { agentId: bench.agent.agentInfo.id! });
  const [event] = await stream.take(1);
  assert.deepEqual(event?.acknowledged?.uuid, right.uuid);
  assert.deepEqual((await bench.report("update")).status.uuid, right.uuid);
});

test("takeStatus() ignores an update without uuid, which only SUBSCRIBE can bring", async () => {
  await using bench = await openBench();
  await subscribed(bench, "one");
  const { uuid: _, ...status } = bench.raw().status("one", TaskState.TASK_RUNNING);
  const task = { name: "one", taskId: { value: "one" }, agentId: { value: "any" } };
  const stream = await bench.raw().subscribe({ unacknowledgedTasks: [task], unacknowledgedUpdates: [{ status }] });
  await stream.take(1);
  const running = await bench.raw().update("one", TaskState.TASK_RUNNING);
  const [event] = await stream.take(1);
  assert.deepEqual(event?.acknowledged?.uuid, running.uuid);
});

test("withholdAcknowledgements() keeps them until they are released, in order", async () => {
  await using bench = await openBench();
  const stream = await subscribed(bench, "one", "two");
  bench.agent.withholdAcknowledgements(({ taskId }) => taskId?.value === "one");
  const first = await bench.raw().update("one", TaskState.TASK_STARTING);
  const second = await bench.raw().update("one", TaskState.TASK_RUNNING);
  const other = await bench.raw().update("two", TaskState.TASK_RUNNING);
  assert.deepEqual((await stream.take(1))[0]?.acknowledged?.uuid, other.uuid);
  await settle();
  assert.deepEqual(stream.pending, []);
  bench.agent.releaseAcknowledgements();
  const events = await stream.take(2);
  assert.deepEqual(
    events.map(({ acknowledged }) => acknowledged?.uuid),
    [first.uuid, second.uuid],
  );
});

test("setStage() forgets withheld acknowledgements with the agent's process; repeated updates get them", async () => {
  await using bench = await openBench({ clock: new FakeClock() });
  await subscribed(bench, "one");
  bench.agent.withholdAcknowledgements();
  const status = await bench.raw().update("one", TaskState.TASK_RUNNING);
  await bench.report("update");
  await bench.agent.restart();
  bench.agent.releaseAcknowledgements();
  const stream = await bench.raw().subscribe({ unacknowledgedUpdates: [{ status }] });
  const [, acknowledged] = await stream.take(2);
  assert.deepEqual(acknowledged?.acknowledged?.uuid, status.uuid);
  await settle();
  assert.deepEqual(stream.pending, []);
});

test("takeMessage() passes data on to the framework", async () => {
  await using bench = await openBench();
  await subscribed(bench, "one");
  const data = Uint8Array.of(0, 1, 255);
  const reply = await bench.raw().call({ type: Call_Type.MESSAGE, message: { data } });
  assert.equal(reply.status, 202);
  const message = await bench.report("message");
  assert.deepEqual([message.executorId, Uint8Array.from(message.data)], ["ex", data]);
});

test("message() sends data to a subscribed executor and loses it otherwise", async () => {
  await using bench = await openBench();
  bench.launch("one");
  bench.agent.message(bench.frameworkId, "ex", Uint8Array.of(1));
  const stream = await bench.raw().subscribe();
  await stream.take(2);
  bench.agent.message(bench.frameworkId, "ex", Uint8Array.of(2));
  const [event] = await stream.take(1);
  assert.deepEqual(Uint8Array.from(event?.message?.data ?? []), Uint8Array.of(2));
});
