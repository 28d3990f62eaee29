import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentInput } from "../../src/mesos/agent_input.ts";
import { readExecutorEnvironment } from "../../src/mesos/environment.ts";
import { type Call, Call_Type, decodeEvent } from "../../src/mesos/protocol.ts";
import { encodeRecord, RecordDecoder } from "../../src/mesos/recordio.ts";
import { formatUuid } from "../../src/mesos/uuid.ts";
import { acknowledgedEvent } from "../fakes/calls.ts";
import { type Conversation, openConversation } from "../fakes/conversation.ts";
import type { EventStream, Exchange } from "../fakes/exchange.ts";
import { type Json, type RecordedCall, type Recording, readRecording, scenarios } from "../fakes/recording.ts";

/** Checks that a message holds everything that its recorded JSON says. */
function assertHolds(message: unknown, json: Json | undefined, path = "event"): void {
  if (Array.isArray(json)) {
    assert.equal((message as unknown[]).length, json.length, path);
    for (const [index, item] of json.entries()) assertHolds((message as unknown[])[index], item, `${path}[${index}]`);
  } else if (typeof json === "object") {
    for (const [name, value] of Object.entries(json)) {
      assertHolds((message as Record<string, unknown>)[name], value, `${path}.${name}`);
    }
  } else if (message instanceof Uint8Array) {
    assert.equal(Buffer.from(message).toString("base64"), json, path);
  } else if (typeof message === "bigint") {
    assert.equal(String(message), json, path);
  } else if (typeof message === "number" && typeof json === "string") {
    assert.match(json, /^[A-Z][A-Za-z0-9_]*$/, `${path}: the name of an enum's value`);
  } else {
    assert.equal(message, json, path);
  }
}

/** What an input holds of its event, in the event's own form. */
function payloadOf(input: AgentInput): unknown {
  switch (input.kind) {
    case "subscribed":
      return { subscribed: { ...input, containerId: { value: input.containerId } } };
    case "launch":
      return { launch: { task: input.task } };
    case "launch_group":
      return { launchGroup: { taskGroup: { tasks: input.tasks } } };
    case "kill":
      return { kill: { taskId: { value: input.taskId }, killPolicy: input.killPolicy } };
    case "message":
      return { message: { data: input.data } };
    default:
      return {};
  }
}

/** A call without what is new in every run. */
function normalised(call: Call): Call {
  const statuses = [call.update?.status, ...(call.subscribe?.unacknowledgedUpdates ?? []).map(({ status }) => status)];
  for (const status of statuses) if (status) Object.assign(status, { uuid: new Uint8Array(16), timestamp: 0 });
  return call;
}

/** Plays a recorded agent, and makes the recorded executor's calls. */
class Replay {
  readonly #conversation: Conversation;
  readonly #calls: RecordedCall[];
  readonly #events: Json[];
  /** Our uuid of each recorded one. */
  readonly #uuids = new Map<string, Uint8Array>();

  constructor(conversation: Conversation, recording: Recording) {
    this.#conversation = conversation;
    this.#calls = [...recording.calls];
    this.#events = [...recording.events];
  }

  get isOver(): boolean {
    return this.#calls.length === 0 && this.#events.length === 0;
  }

  /** Takes the next SUBSCRIBE, compares it with the recorded one, and plays a recorded stream up to its end. */
  async play(subscribe: Exchange, stream: Uint8Array): Promise<EventStream> {
    this.#compare(subscribe);
    const open = subscribe.openStream();
    for (const record of new RecordDecoder().push(stream)) await this.#playRecord(open, record);
    return open;
  }

  async #playRecord(stream: EventStream, record: Uint8Array): Promise<void> {
    const json = this.#events.shift() as { [name: string]: Json };
    const { acknowledged } = decodeEvent(record);
    if (acknowledged) {
      const recorded = formatUuid(acknowledged.uuid);
      while (!this.#uuids.has(recorded)) await this.#makeNextCall();
      const uuid = this.#uuids.get(recorded)!;
      stream.event(acknowledgedEvent(acknowledged.taskId?.value ?? "", uuid));
      const { taskId, sent } = await this.#conversation.next("acknowledged");
      assert.equal(taskId, acknowledged.taskId?.value);
      assert.deepEqual(sent.uuid, uuid);
      return;
    }
    stream.write(encodeRecord(record));
    const { type, ...payload } = json;
    const input = await this.#conversation.next(String(type).toLowerCase() as AgentInput["kind"]);
    if ("subscribed" in payload) delete (payload.subscribed as { agentInfo?: Json }).agentInfo;
    assertHolds(payloadOf(input), payload);
  }

  /** Makes the executor's next recorded call and compares what reaches the agent with what reached the real one. */
  async #makeNextCall(): Promise<void> {
    const { call } = this.#calls[0] ?? assert.fail("the recording has no such call");
    const { agent, connection } = this.#conversation;
    if (call.type === Call_Type.MESSAGE) {
      connection.message(call.message?.data ?? new Uint8Array());
      this.#compare(await agent.acceptCall());
      return;
    }
    const status = call.update?.status ?? assert.fail("neither MESSAGE nor UPDATE");
    const recorded = formatUuid(status.uuid);
    const { taskId, state, message, data, labels, containerStatus } = status;
    const report = Object.fromEntries(
      Object.entries({ state, message, data, labels, containerStatus }).filter(([name]) => Object.hasOwn(status, name)),
    );
    connection.update(taskId?.value ?? "", { state, ...report });
    const exchange = await agent.acceptCall();
    this.#uuids.set(recorded, exchange.call.update!.status!.uuid);
    this.#compare(exchange);
  }

  #compare(exchange: Exchange): void {
    const recorded = this.#calls.shift();
    assert.ok(recorded);
    assert.equal(exchange.request.body.length, recorded.bytes.length);
    assert.deepEqual(normalised(exchange.call), normalised(recorded.call));
  }
}

async function openReplay(recording: Recording): Promise<{ conversation: Conversation; replay: Replay }> {
  const conversation = await openConversation({ environment: readExecutorEnvironment(recording.variables) });
  return { conversation, replay: new Replay(conversation, recording) };
}

for (const scenario of scenarios.filter((name) => name !== "restart")) {
  test(`ExecutorConnection hears and says what the recorded executor of "${scenario}" did`, async () => {
    const recording = readRecording(scenario);
    const { conversation, replay } = await openReplay(recording);
    await using _ended = conversation;
    assert.equal(recording.streams.length, 1);
    await replay.play(await conversation.agent.nextSubscribe(), recording.streams[0]!);
    assert.ok(replay.isOver);
    assert.equal(conversation.waitingInputs, 0);
    assert.deepEqual(conversation.warnings, []);
  });
}

test('ExecutorConnection gets over the recorded "restart" of an agent: refused connections, 404, 503', async () => {
  const recording = readRecording("restart");
  const { conversation, replay } = await openReplay(recording);
  await using _ended = conversation;
  const { agent } = conversation;
  await replay.play(await agent.nextSubscribe(), recording.streams[0]!);
  await agent.stop();
  await conversation.next("disconnected");
  for (let attempt = 0; attempt < 7; attempt++) await conversation.wait(1000);
  await conversation.clock.scheduled(1000);
  await agent.listen();
  await conversation.wait(1000);
  (await agent.nextSubscribe()).answer(404);
  await conversation.wait(1000);
  (await agent.nextSubscribe()).answer(503, { body: "Agent has not finished recovery" });
  await conversation.wait(1000);
  // Carries the task that was never reported, and none of the other one's acknowledged updates.
  await replay.play(await agent.nextSubscribe(), recording.streams[1]!);
  assert.ok(replay.isOver);
  assert.equal(conversation.waitingInputs, 0);
});
