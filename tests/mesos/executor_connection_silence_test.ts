import assert from "node:assert/strict";
import { test } from "node:test";
import { Call_Type, Event_Type } from "../../src/mesos/protocol.ts";
import { launchEvent } from "../fakes/calls.ts";
import { type Conversation, openConversation } from "../fakes/conversation.ts";
import { settle } from "../fakes/waiting.ts";

const minute = 60_000;
const halfAnHour = 30 * minute;

/** The next call, once its time has come. */
async function nextBeat({ clock, agent }: Conversation) {
  clock.advance(halfAnHour);
  return await agent.acceptCall();
}

test("ExecutorConnection sends a heartbeat every half an hour (case 9)", async () => {
  await using conversation = await openConversation();
  await conversation.subscribe();
  for (let beat = 0; beat < 3; beat++) {
    const { call, request } = await nextBeat(conversation);
    assert.equal(call.type, Call_Type.HEARTBEAT);
    assert.equal(request.headers["mesos-stream-id"], undefined);
  }
});

test("ExecutorConnection sends no heartbeat while it is not subscribed", async () => {
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  stream.end();
  await conversation.next("disconnected");
  assert.equal(conversation.clock.delays.includes(halfAnHour), false);
});

test("ExecutorConnection does not mind an agent that knows no heartbeats", async () => {
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  conversation.clock.advance(halfAnHour);
  (await conversation.agent.nextCall()).answer(501);
  await settle();
  stream.event(launchEvent("a"));
  await conversation.next("launch");
  assert.deepEqual(conversation.warnings, []);
});

test("ExecutorConnection subscribes again when a stream never says SUBSCRIBED", async () => {
  await using conversation = await openConversation();
  const exchange = await conversation.agent.nextSubscribe();
  exchange.openStream();
  await conversation.wait(30_000);
  await conversation.wait(1000);
  await conversation.subscribe();
  assert.deepEqual(conversation.warnings, ["agent is away, trying again"]);
});

test("ExecutorConnection takes an agent for gone whose heartbeats have stopped", async () => {
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  stream.event({ type: Event_Type.HEARTBEAT });
  stream.event(launchEvent("a"));
  await conversation.next("launch");
  await conversation.wait(3 * halfAnHour);
  await conversation.resubscribe();
});

test("ExecutorConnection lets an agent be silent that has never sent a heartbeat", async () => {
  await using conversation = await openConversation();
  const { stream } = await conversation.subscribe();
  for (let beat = 0; beat < 8; beat++) await nextBeat(conversation);
  stream.event(launchEvent("a"));
  await conversation.next("launch");
});
