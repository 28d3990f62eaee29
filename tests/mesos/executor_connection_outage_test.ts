import assert from "node:assert/strict";
import { test } from "node:test";
import { type Call, Event_Type, encodeEvent, TaskState, Value_Type } from "../../src/mesos/protocol.ts";
import { encodeRecord } from "../../src/mesos/recordio.ts";
import { formatUuid } from "../../src/mesos/uuid.ts";
import { acknowledgedEvent, launchEvent, subscribedEvent, taskOf } from "../fakes/calls.ts";
import { type Conversation, openConversation } from "../fakes/conversation.ts";
import type { EventStream } from "../fakes/exchange.ts";
import { settle } from "../fakes/waiting.ts";

const starting = { state: TaskState.TASK_STARTING };
const running = { state: TaskState.TASK_RUNNING };
const finished = { state: TaskState.TASK_FINISHED };

/** Each update that a SUBSCRIBE carries, as "task state uuid". */
function updatesOf({ subscribe }: Call): string[] {
  return (subscribe?.unacknowledgedUpdates ?? []).map(({ status }) => nameOf(status));
}

/** The update of an UPDATE, in the same form. */
function updateOf({ update }: Call): string {
  return nameOf(update?.status);
}

function nameOf(status: NonNullable<Call["update"]>["status"]): string {
  assert.ok(status);
  const [state] = Object.entries(TaskState).find(([, value]) => value === status.state) ?? [];
  return `${status.taskId?.value} ${state} ${formatUuid(status.uuid)}`;
}

function tasksOf({ subscribe }: Call): (string | undefined)[] {
  return (subscribe?.unacknowledgedTasks ?? []).map(({ taskId }) => taskId?.value);
}

/** Makes an update and gives it as the agent received it. */
async function deliver(conversation: Conversation, taskId: string, report: { state: TaskState }): Promise<Call> {
  conversation.connection.update(taskId, report);
  return (await conversation.agent.acceptCall()).call;
}

async function acknowledge(conversation: Conversation, stream: EventStream, { update }: Call): Promise<void> {
  const { taskId, uuid } = update!.status!;
  stream.event(acknowledgedEvent(taskId!.value, uuid));
  await conversation.next("acknowledged");
}

test("ExecutorConnection subscribes again with what is unacknowledged, in order and with the same uuids", async () => {
  // Contract, case 54: one acknowledgement out of order, one task without any.
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  for (const id of ["a", "b", "c"]) {
    stream.event(launchEvent(id));
    await conversation.next("launch");
  }
  const aStarting = await deliver(conversation, "a", starting);
  const bStarting = await deliver(conversation, "b", starting);
  const aRunning = await deliver(conversation, "a", running);
  const bRunning = await deliver(conversation, "b", running);
  await acknowledge(conversation, stream, aRunning);
  stream.cut();
  const { call } = await conversation.resubscribe();
  assert.deepEqual(updatesOf(call), [aStarting, bStarting, bRunning].map(updateOf));
  assert.deepEqual(tasksOf(call), ["b", "c"]);
  // The messages themselves are the same too, times included.
  assert.deepEqual(
    call.subscribe?.unacknowledgedUpdates.map(({ status }) => status),
    [aStarting, bStarting, bRunning].map(({ update }) => update?.status),
  );
  await settle();
  assert.equal(conversation.agent.requests.length, 6, "nothing that was in SUBSCRIBE is sent once more");
});

test("ExecutorConnection tells nothing as unacknowledged that was acknowledged", async () => {
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  stream.event(launchEvent("a"));
  await conversation.next("launch");
  await acknowledge(conversation, stream, await deliver(conversation, "a", starting));
  await acknowledge(conversation, stream, await deliver(conversation, "a", running));
  stream.end();
  const { call } = await conversation.resubscribe();
  assert.deepEqual([updatesOf(call), tasksOf(call)], [[], []]);
});

test("ExecutorConnection lists tasks that were launched right before the outage", async () => {
  // Contract, case 55; a group's tasks count one by one.
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  stream.event(launchEvent("a"));
  stream.event({ type: Event_Type.LAUNCH_GROUP, launchGroup: { taskGroup: { tasks: [taskOf("b"), taskOf("c")] } } });
  await conversation.next("launch");
  await conversation.next("launch_group");
  stream.cut();
  const { call } = await conversation.resubscribe();
  assert.deepEqual(tasksOf(call), ["a", "b", "c"]);
  assert.equal(call.subscribe?.unacknowledgedTasks[0]?.agentId?.value, "agent-1");
});

test("ExecutorConnection sends nothing while disconnected, and everything with the next SUBSCRIBE", async () => {
  // Contract, case 56.
  await using conversation = await openConversation();
  const { connection, agent } = conversation;
  const { stream } = await conversation.subscribe();
  const first = await deliver(conversation, "a", running);
  stream.cut();
  await conversation.next("disconnected");
  connection.update("a", finished);
  connection.message(Uint8Array.of(1));
  await settle();
  assert.equal(agent.requests.length, 2);
  await conversation.wait(1000);
  const subscribe = await agent.nextSubscribe();
  // Too late for this SUBSCRIBE, too early to be sent.
  connection.update("b", starting);
  await settle();
  assert.equal(agent.requests.length, 3);
  assert.deepEqual(
    updatesOf(subscribe.call).map((update) => update.replace(/ \S+$/, "")),
    ["a TASK_RUNNING", "a TASK_FINISHED"],
  );
  assert.equal(updatesOf(subscribe.call)[0], updateOf(first));
  subscribe.openStream().event(subscribedEvent);
  assert.match(updateOf((await agent.acceptCall()).call), /^b TASK_STARTING /);
  await settle();
  assert.equal(agent.requests.length, 4);
});

test("ExecutorConnection does not count an answered SUBSCRIBE as a subscription before SUBSCRIBED", async () => {
  await using conversation = await openConversation();
  const subscribe = await conversation.agent.nextSubscribe();
  conversation.connection.update("a", starting);
  subscribe.openStream().end();
  await conversation.wait(1000);
  const { call } = await conversation.subscribe();
  assert.equal(updatesOf(call).length, 1);
});

test("ExecutorConnection keeps its order over two outages", async () => {
  await using conversation = await openConversation();
  const first = await conversation.subscribe();
  conversation.connection.update("a", starting);
  await conversation.agent.acceptCall();
  first.stream.cut();
  const second = await conversation.resubscribe();
  conversation.connection.update("a", running);
  await conversation.agent.acceptCall();
  second.stream.cut();
  const third = await conversation.resubscribe();
  assert.deepEqual(updatesOf(third.call).slice(0, 1), updatesOf(second.call));
  assert.match(updatesOf(third.call)[1] ?? "", /^a TASK_RUNNING /);
});

const failures: [string, (conversation: Conversation) => Promise<void>][] = [
  ["whose connection is cut", async ({ agent }) => (await agent.nextCall()).cut()],
  ["that is answered 503", async ({ agent }) => (await agent.nextCall()).answer(503, { body: "not recovered" })],
  ["that is answered 404", async ({ agent }) => (await agent.nextCall()).answer(404)],
  [
    "that is not answered",
    async ({ agent, clock }) => {
      await agent.nextCall();
      clock.advance(30_000);
    },
  ],
  [
    "whose answer of 503 is cut",
    async ({ agent }) => {
      const call = await agent.nextCall();
      call.answerPartly(503, "not rec");
      await settle();
      call.cut();
    },
  ],
];
for (const [name, fail] of failures) {
  test(`ExecutorConnection subscribes again with an update ${name}, and with those behind it`, async () => {
    await using conversation = await openConversation();
    const { connection, agent } = conversation;
    const { stream } = await conversation.subscribe();
    connection.update("a", starting);
    connection.update("a", running);
    await fail(conversation);
    await stream.closed;
    const { call } = await conversation.resubscribe();
    assert.deepEqual(
      updatesOf(call).map((update) => update.split(" ")[1]),
      ["TASK_STARTING", "TASK_RUNNING"],
    );
    await settle();
    assert.equal(agent.requests.length, 3, "SUBSCRIBE, UPDATE and SUBSCRIBE");
    // The connection is as good as new.
    assert.match(updateOf(await deliver(conversation, "a", finished)), /^a TASK_FINISHED /);
  });
}

test("ExecutorConnection gives up the calls under way when its stream breaks, and those behind them", async () => {
  await using conversation = await openConversation();
  const { connection, agent } = conversation;
  const { stream } = await conversation.subscribe();
  connection.update("a", starting);
  connection.update("a", running);
  connection.message(Uint8Array.of(1));
  const call = await agent.nextCall();
  stream.cut();
  await call.closed;
  const { call: subscribe } = await conversation.resubscribe();
  assert.equal(updatesOf(subscribe).length, 2);
  await settle();
  assert.equal(agent.requests.length, 3, "SUBSCRIBE, UPDATE and SUBSCRIBE");
});

test("ExecutorConnection hears nothing more of a stream that it has given up", async () => {
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  conversation.connection.update("a", starting);
  (await conversation.agent.nextCall()).answer(503);
  await conversation.next("disconnected");
  stream.event(launchEvent("late"));
  await settle();
  assert.equal(conversation.waitingInputs, 0);
  await conversation.wait(1000);
  const { call } = await conversation.subscribe();
  assert.deepEqual(tasksOf(call), []);
});

test("ExecutorConnection gets over a stream that turns into something else", async () => {
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  stream.write(Buffer.from("<html>"));
  const { error } = await conversation.next("disconnected");
  assert.equal(error.code, "protocol");
  await conversation.wait(1000);
  await conversation.subscribe();
});

test("ExecutorConnection tells of a task as it came, values and fields included that it does not know", async () => {
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  const task = {
    name: "a",
    taskId: { value: "a" },
    agentId: { value: "agent-1" },
    resources: [{ name: "new", type: Value_Type.SCALAR, scalar: { value: 1 } }],
  };
  const event = encodeEvent({ type: Event_Type.LAUNCH, launch: { task } });
  // The resource's required type, which follows its name and has the tag 0x10, becomes 99.
  const typeAt = Buffer.from(event).indexOf(Buffer.from("new\x10\x00"));
  assert.ok(typeAt > 0);
  event[typeAt + 4] = 99;
  stream.write(encodeRecord(event));
  assert.equal((await conversation.next("launch")).task.resources.length, 1);
  stream.cut();
  await conversation.next("disconnected");
  await conversation.wait(1000);
  const { request } = await conversation.agent.nextSubscribe();
  const resource = event.subarray(typeAt - 2, typeAt + 5);
  assert.ok(Buffer.from(request.body).includes(resource), Buffer.from(request.body).toString("hex"));
});
