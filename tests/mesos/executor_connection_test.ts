import assert from "node:assert/strict";
import { test } from "node:test";
import { Call_Type, Event_Type, TaskState, TaskStatus_Source } from "../../src/mesos/protocol.ts";
import { encodeRecord } from "../../src/mesos/recordio.ts";
import { createUuid, formatUuid, isUuid } from "../../src/mesos/uuid.ts";
import { acknowledgedEvent, ids, launchEvent, subscribedEvent, taskOf } from "../fakes/calls.ts";
import { openConversation } from "../fakes/conversation.ts";
import { readRecording, scenarios } from "../fakes/recording.ts";
import { inTime, settle } from "../fakes/waiting.ts";

const starting = { state: TaskState.TASK_STARTING };
const running = { state: TaskState.TASK_RUNNING };

for (const scenario of scenarios) {
  test(`ExecutorConnection subscribes with the bytes of the recorded executor of "${scenario}"`, async () => {
    const { calls, variables } = readRecording(scenario);
    const { MESOS_EXECUTOR_ID: executorId = "", MESOS_FRAMEWORK_ID: frameworkId = "" } = variables;
    await using conversation = await openConversation({ environment: { executorId, frameworkId } });
    const { request } = await conversation.agent.nextSubscribe();
    assert.deepEqual(request.body, calls[0]?.bytes);
  });
}

test("ExecutorConnection gives the agent's events in order", async () => {
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  const taskId = { value: "b" };
  stream.event(launchEvent("a"));
  stream.event({
    type: Event_Type.LAUNCH_GROUP,
    launchGroup: { taskGroup: { tasks: [taskOf("b"), taskOf("c")] } },
  });
  stream.event({ type: Event_Type.KILL, kill: { taskId } });
  stream.event({ type: Event_Type.MESSAGE, message: { data: Uint8Array.of(1, 2) } });
  stream.event({ type: Event_Type.ERROR, error: { message: "no" } });
  stream.event({ type: Event_Type.SHUTDOWN });
  assert.equal((await conversation.next("launch")).task.name, "a");
  assert.equal((await conversation.next("launch_group")).tasks.length, 2);
  assert.equal((await conversation.next("kill")).taskId, "b");
  assert.deepEqual([...(await conversation.next("message")).data], [1, 2]);
  assert.equal((await conversation.next("error")).message, "no");
  await conversation.next("shutdown");
});

test("ExecutorConnection ignores heartbeats, and says so of types that it does not know", async () => {
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  stream.event({ type: Event_Type.HEARTBEAT });
  assert.deepEqual(conversation.warnings, []);
  stream.write(encodeRecord(Uint8Array.of(0x08, 99)));
  stream.event({ type: Event_Type.HEARTBEAT });
  stream.event(launchEvent("a"));
  await conversation.next("launch");
  assert.deepEqual(conversation.warnings, ["event ignored"]);
});

test("ExecutorConnection.update() sends a complete status with a uuid of its own, in order", async () => {
  await using conversation = await openConversation();
  const { connection, agent, clock } = conversation;
  await conversation.subscribe();
  clock.advance(1500);
  const labels = { labels: [{ key: "a", value: "b" }] };
  const reports = [starting, { ...running, message: "hi", labels }, { state: TaskState.TASK_FINISHED }];
  for (const report of reports) connection.update("a", report);
  connection.update("b", starting);
  const seen = new Set<string>();
  for (const [index, taskId] of ["a", "a", "a", "b"].entries()) {
    const { call } = await agent.acceptCall();
    const status = call.update?.status;
    assert.ok(status);
    assert.equal(call.type, Call_Type.UPDATE);
    assert.deepEqual([call.executorId?.value, call.frameworkId?.value], [ids.executorId.value, ids.frameworkId.value]);
    assert.equal(status.taskId?.value, taskId);
    assert.equal(status.state, [...reports, starting][index]?.state);
    assert.equal(status.source, TaskStatus_Source.EXECUTOR);
    assert.equal(status.executorId?.value, ids.executorId.value);
    assert.equal(status.timestamp, clock.now() / 1000);
    if (index === 1) assert.deepEqual([status.message, status.labels?.labels[0]?.value], ["hi", "b"]);
    assert.ok(isUuid(status.uuid));
    seen.add(formatUuid(status.uuid));
  }
  assert.equal(seen.size, 4);
});

test("ExecutorConnection.update() sends the next update only when the one before is accepted", async () => {
  await using conversation = await openConversation();
  const { connection, agent } = conversation;
  await conversation.subscribe();
  for (let count = 0; count < 20; count++) connection.update(`task-${count}`, starting);
  const first = await agent.nextCall();
  await settle();
  assert.equal(agent.requests.length, 2, "SUBSCRIBE and one UPDATE");
  first.answer(202);
  const order = [first.call];
  while (order.length < 20) order.push((await agent.acceptCall()).call);
  assert.deepEqual(
    order.map(({ update }) => update?.status?.taskId?.value),
    Array.from({ length: 20 }, (_, count) => `task-${count}`),
  );
});

test("ExecutorConnection sends an update made before the first subscription after SUBSCRIBED", async () => {
  await using conversation = await openConversation();
  const subscribe = await conversation.agent.nextSubscribe();
  conversation.connection.update("a", starting);
  const stream = subscribe.openStream();
  await settle();
  assert.equal(conversation.agent.requests.length, 1);
  assert.deepEqual(subscribe.call.subscribe?.unacknowledgedUpdates, []);
  stream.event(subscribedEvent);
  const { call } = await conversation.agent.acceptCall();
  assert.equal(call.update?.status?.taskId?.value, "a");
  await settle();
  assert.equal(conversation.agent.requests.length, 2, "SUBSCRIBE and one UPDATE");
});

test("ExecutorConnection tells of an acknowledged update once, with its task and status", async () => {
  await using conversation = await openConversation();
  const { connection, agent } = conversation;
  const { stream } = await conversation.subscribe();
  assert.equal(connection.isSettled, true);
  connection.update("a", starting);
  connection.update("a", running);
  assert.equal(connection.isSettled, false);
  const [first, second] = [await agent.acceptCall(), await agent.acceptCall()];
  const uuids = [first, second].map(({ call }) => call.update?.status?.uuid ?? new Uint8Array());
  // Contract, case 60: a foreign uuid and a repeated acknowledgement change nothing.
  stream.event(acknowledgedEvent("a", createUuid()));
  stream.event(acknowledgedEvent("a", new Uint8Array(3)));
  stream.event(acknowledgedEvent("a", uuids[0]!));
  stream.event(acknowledgedEvent("a", uuids[0]!));
  stream.event(acknowledgedEvent("a", uuids[1]!));
  const states: unknown[] = [];
  for (const uuid of uuids) {
    const { taskId, sent } = await conversation.next("acknowledged");
    assert.equal(taskId, "a");
    assert.deepEqual(sent.uuid, uuid);
    states.push(sent.status.state);
  }
  assert.deepEqual(states, [TaskState.TASK_STARTING, TaskState.TASK_RUNNING]);
  assert.equal(connection.isSettled, true);
  stream.event({ type: Event_Type.SHUTDOWN });
  await conversation.next("shutdown");
});

test("ExecutorConnection.message() sends to the scheduler while subscribed, and drops otherwise", async () => {
  await using conversation = await openConversation();
  const { connection, agent } = conversation;
  connection.message(Uint8Array.of(1));
  assert.deepEqual(conversation.warnings, ["message to the scheduler dropped: not subscribed"]);
  await conversation.subscribe();
  connection.message(Uint8Array.of(2));
  const { call } = await agent.acceptCall();
  assert.equal(call.type, Call_Type.MESSAGE);
  assert.deepEqual([...(call.message?.data ?? [])], [2]);
});

test("ExecutorConnection.inputs() throws what is no fault of the agent, and closes its stream", async () => {
  await using conversation = await openConversation();
  const subscribe = await conversation.agent.nextSubscribe();
  // A program that is not type-checked: a status needs a state.
  conversation.connection.update("a", {} as typeof starting);
  const stream = subscribe.openStream();
  stream.event(subscribedEvent);
  await assert.rejects(inTime(conversation.ended, "the error"), { name: "TypeError" });
  await stream.closed;
});

test("ExecutorConnection works over the agent's domain socket", async () => {
  await using conversation = await openConversation({ place: "unix" });
  const { stream } = await conversation.subscribe();
  conversation.connection.update("a", starting);
  await conversation.agent.acceptCall();
  stream.cut();
  const { call } = await conversation.resubscribe();
  assert.equal(call.subscribe?.unacknowledgedUpdates.length, 1);
});

test("ExecutorConnection.inputs() ends quietly when its signal is aborted during a stream", async () => {
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  await conversation.hangUp();
  await stream.closed;
  assert.equal(conversation.waitingInputs, 0);
  conversation.connection.update("a", starting);
  await settle();
  assert.equal(conversation.agent.requests.length, 1);
});

test("ExecutorConnection.inputs() ends quietly when its signal is aborted before an answer, or between attempts", async () => {
  await using unanswered = await openConversation();
  const subscribe = await unanswered.agent.nextSubscribe();
  await unanswered.hangUp();
  await subscribe.closed;
  assert.equal(unanswered.waitingInputs, 0);

  await using waiting = await openConversation();
  (await waiting.agent.nextSubscribe()).answer(503);
  await waiting.clock.scheduled(1000);
  await waiting.hangUp();
  assert.deepEqual(waiting.clock.delays, []);
  assert.equal(waiting.waitingInputs, 0);
});
