import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskState } from "../../src/mesos/protocol.ts";
import { type Conversation, type ConversationOptions, openConversation } from "../fakes/conversation.ts";
import { seededRandom } from "../fakes/seeded_random.ts";
import { inTime, settle } from "../fakes/waiting.ts";

const running = { state: TaskState.TASK_RUNNING };

/** A conversation that was subscribed and whose agent died. */
async function bereave(options: ConversationOptions = {}): Promise<Conversation> {
  const conversation = await openConversation(options);
  await conversation.subscribe();
  await conversation.agent.stop();
  return conversation;
}

/** Lost is the last input of all. */
async function assertLost(conversation: Conversation, code: string): Promise<Error> {
  const { error } = await conversation.next("lost");
  assert.equal(error.code, code);
  await inTime(conversation.ended, "the end of the inputs");
  assert.equal(conversation.waitingInputs, 0);
  assert.deepEqual(conversation.clock.delays, []);
  return error;
}

// Contract A.4 and case 5.
for (const [status, body] of [
  [404, ""],
  [503, "Agent has not finished recovery"],
  [500, ""],
] as const) {
  test(`ExecutorConnection tries its first SUBSCRIBE again after a second when it is answered ${status}`, async () => {
    await using conversation = await openConversation();
    for (let attempt = 0; attempt < 3; attempt++) {
      (await conversation.agent.nextSubscribe()).answer(status, { body });
      await conversation.wait(1000);
    }
    await conversation.subscribe();
    assert.equal(conversation.agent.requests.length, 4);
  });
}

// Contract, case 6.
for (const status of [400, 401, 403]) {
  test(`ExecutorConnection is lost when its first SUBSCRIBE is answered ${status}`, async () => {
    await using conversation = await openConversation();
    (await conversation.agent.nextSubscribe()).answer(status, { body: "Framework cannot be found" });
    const { message } = await assertLost(conversation, "refused");
    assert.equal(message, `Cannot subscribe: the agent answered ${status} (Framework cannot be found)`);
  });

  test(`ExecutorConnection is lost when a later SUBSCRIBE is answered ${status}`, async () => {
    await using conversation = await openConversation();
    (await conversation.subscribe()).stream.cut();
    await conversation.next("disconnected");
    await conversation.wait(1000);
    (await conversation.agent.nextSubscribe()).answer(status);
    await assertLost(conversation, "refused");
  });

  test(`ExecutorConnection is lost when an update is answered ${status}`, async () => {
    await using conversation = await openConversation();
    const { stream } = await conversation.subscribe();
    conversation.connection.update("a", running);
    (await conversation.agent.nextCall()).answer(status, { body: "Executor is not subscribed" });
    const { message } = await assertLost(conversation, "refused");
    assert.equal(message, `Cannot send update: the agent answered ${status} (Executor is not subscribed)`);
    await stream.closed;
    await settle();
    assert.equal(conversation.agent.requests.length, 2);
  });
}

test("ExecutorConnection tries to subscribe for the first time each second for a minute", async () => {
  await using conversation = await openConversation();
  const { clock } = conversation;
  await conversation.agent.nextSubscribe();
  await conversation.agent.stop();
  const begin = clock.now();
  for (let second = 1; second <= 60; second++) await conversation.wait(1000);
  await assertLost(conversation, "unreachable");
  assert.equal(clock.now() - begin, 60_000);
});

test("ExecutorConnection does not give its first SUBSCRIBE up while an agent answers that it recovers", async () => {
  await using conversation = await openConversation();
  for (let second = 0; second < 70; second++) {
    (await conversation.agent.nextSubscribe()).answer(503);
    await conversation.wait(1000);
  }
  await conversation.subscribe();
});

test("ExecutorConnection tries again when the agent leaves a SUBSCRIBE unanswered for 30 s", async () => {
  await using conversation = await openConversation();
  const { agent, clock } = conversation;
  await agent.nextSubscribe();
  clock.advance(30_000);
  await conversation.wait(1000);
  await conversation.subscribe();
});

test("ExecutorConnection waits at random, at most half of what the agent allows, and tells of the outage once", async () => {
  // An agent that is back grants just what it allows as a wait, and destroys who comes a moment later (contract A.10).
  const random = seededRandom(7);
  const expected = seededRandom(7);
  await using conversation = await bereave({ random });
  await conversation.next("disconnected");
  const waits: number[] = [];
  for (let attempt = 0; attempt < 20; attempt++) {
    const waitMs = (expected() * 2000) / 2;
    await conversation.wait(waitMs);
    waits.push(waitMs);
  }
  assert.ok(Math.max(...waits) <= 1000 && Math.min(...waits) >= 0);
  assert.equal(new Set(waits).size, 20);
  await conversation.clock.scheduled((expected() * 2000) / 2);
  assert.equal(conversation.waitingInputs, 0);
});

test("ExecutorConnection is lost when the agent stays away longer than the recovery timeout", async () => {
  // Contract, case 57.
  await using conversation = await bereave({ environment: { recoveryTimeoutMs: 10_000 } });
  const begin = conversation.clock.now();
  await conversation.next("disconnected");
  for (let attempt = 0; attempt < 10; attempt++) await conversation.wait(1000);
  const { message } = await assertLost(conversation, "unreachable");
  assert.match(message, /^Cannot subscribe at 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  assert.equal(conversation.clock.now() - begin, 10_000);
});

test("ExecutorConnection begins the recovery timeout anew with every outage", async () => {
  await using conversation = await openConversation({ environment: { recoveryTimeoutMs: 10_000 } });
  await conversation.subscribe();
  for (let outage = 0; outage < 3; outage++) {
    await conversation.agent.stop();
    await conversation.next("disconnected");
    for (let attempt = 0; attempt < 8; attempt++) await conversation.wait(1000);
    await conversation.clock.scheduled(1000);
    await conversation.agent.listen();
    await conversation.wait(1000);
    await conversation.subscribe();
  }
});

test("ExecutorConnection begins the recovery timeout with the outage, however long the agent was silent before", async () => {
  await using conversation = await openConversation({ environment: { recoveryTimeoutMs: 10_000 } });
  const { stream } = await conversation.subscribe();
  conversation.clock.advance(24 * 3_600_000);
  stream.cut();
  await conversation.next("disconnected");
  await conversation.wait(1000);
  await conversation.subscribe();
});

test("ExecutorConnection begins the recovery timeout anew when the agent answers that it recovers", async () => {
  // The reference library stops its timer on connect, not on SUBSCRIBED (contract A.11).
  await using conversation = await bereave({ environment: { recoveryTimeoutMs: 10_000 } });
  await conversation.next("disconnected");
  for (let attempt = 0; attempt < 9; attempt++) await conversation.wait(1000);
  await conversation.clock.scheduled(1000);
  await conversation.agent.listen();
  await conversation.wait(1000);
  (await conversation.agent.nextSubscribe()).answer(503);
  await conversation.clock.scheduled(1000);
  await conversation.agent.stop();
  for (let attempt = 0; attempt < 10; attempt++) await conversation.wait(1000);
  await assertLost(conversation, "unreachable");
});

for (const status of [404, 503]) {
  test(`ExecutorConnection is lost when the agent answers ${status} for longer than the recovery timeout`, async () => {
    await using conversation = await openConversation({ environment: { recoveryTimeoutMs: 10_000 } });
    const { stream } = await conversation.subscribe();
    stream.cut();
    await conversation.next("disconnected");
    for (let attempt = 0; attempt < 11; attempt++) {
      await conversation.wait(1000);
      (await conversation.agent.nextSubscribe()).answer(status);
    }
    await assertLost(conversation, "recovering");
  });

  test(`ExecutorConnection is lost when the agent answers ${status} to its first SUBSCRIBE for ever`, async () => {
    await using conversation = await openConversation({ environment: { recoveryTimeoutMs: 90_000 } });
    for (let attempt = 0; attempt < 90; attempt++) {
      (await conversation.agent.nextSubscribe()).answer(status);
      await conversation.wait(1000);
    }
    (await conversation.agent.nextSubscribe()).answer(status);
    await assertLost(conversation, "recovering");
  });
}

const outages: [string, (conversation: Conversation) => Promise<void>][] = [
  ["its stream ends", async (conversation) => (await conversation.subscribe()).stream.end()],
  ["its stream is cut", async (conversation) => (await conversation.subscribe()).stream.cut()],
  [
    "an update is answered 503",
    async (conversation) => {
      await conversation.subscribe();
      conversation.connection.update("a", running);
      (await conversation.agent.nextCall()).answer(503);
    },
  ],
];
for (const [name, breakDown] of outages) {
  test(`ExecutorConnection without checkpointing is lost at once when ${name}`, async () => {
    // Contract, case 58. The clock stands still: not a millisecond passes between the last event and the end.
    const environment = { checkpoint: false, recoveryTimeoutMs: 0, subscriptionBackoffMaxMs: 0 };
    await using conversation = await openConversation({ environment });
    await breakDown(conversation);
    const { error } = await conversation.next("lost");
    assert.equal(error.retryable, true);
    await inTime(conversation.ended, "the end of the inputs");
    const requests = conversation.agent.requests.length;
    conversation.connection.update("a", running);
    await settle();
    assert.equal(conversation.agent.requests.length, requests);
  });
}

test("ExecutorConnection without checkpointing tries its first SUBSCRIBE as long as any other", async () => {
  const environment = { checkpoint: false, recoveryTimeoutMs: 0, subscriptionBackoffMaxMs: 0 };
  await using conversation = await openConversation({ environment });
  // Cut first of all: Deno itself repeats a request whose connection was used before and breaks.
  (await conversation.agent.nextSubscribe()).cut();
  await conversation.wait(1000);
  (await conversation.agent.nextSubscribe()).answer(503);
  await conversation.wait(1000);
  await conversation.subscribe();
});
