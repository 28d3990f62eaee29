import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpAgent } from "../../src/mesos/http_agent.ts";
import { messageCall, subscribeCall, subscribedEvent } from "../fakes/calls.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { openScriptedAgent } from "../fakes/scripted_agent.ts";
import { errorOf, inTime, settle } from "../fakes/waiting.ts";

const never = new AbortController().signal;
const deadlineMs = 30_000;

// Contract A.4, with the texts that a real agent gave.
const answers: [number, string, string][] = [
  [400, "Failed to validate Executor::Call: Not a valid UUID", "refused"],
  [401, "", "refused"],
  [403, "Executor is not subscribed", "refused"],
  [404, "", "recovering"],
  [406, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'", "refused"],
  [415, "Expecting 'Content-Type' of application/json or application/x-protobuf", "refused"],
  [500, "", "recovering"],
  [503, "Agent has not finished recovery", "recovering"],
];
for (const [status, body, code] of [...answers, [202, "", "refused"] as const]) {
  test(`HttpAgent.subscribe() throws an AgentError "${code}" for ${status}`, async () => {
    await using agent = await openScriptedAgent();
    using http = new HttpAgent(agent.address);
    const failing = errorOf(http.subscribe(subscribeCall, { signal: never }));
    (await agent.nextSubscribe()).answer(status, { body });
    const { name, code: found, message, status: foundStatus } = await failing;
    assert.deepEqual([name, found, foundStatus], ["AgentError", code, status]);
    assert.equal(message, `Cannot subscribe: the agent answered ${status}${body === "" ? "" : ` (${body})`}`);
  });
}

for (const [status, body, code] of [...answers, [200, "", "refused"] as const]) {
  test(`HttpAgent.send() throws an AgentError "${code}" for ${status}`, async () => {
    await using agent = await openScriptedAgent();
    using http = new HttpAgent(agent.address);
    const failing = errorOf(http.send("send update", messageCall("ping"), { signal: never }));
    (await agent.nextCall()).answer(status, { body });
    const { name, code: found, message } = await failing;
    assert.deepEqual([name, found], ["AgentError", code]);
    assert.equal(message, `Cannot send update: the agent answered ${status}${body === "" ? "" : ` (${body})`}`);
  });
}

test("HttpAgent quotes 64 KiB of a larger body, and goes on", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const failing = errorOf(http.send("send update", messageCall("one"), { signal: never }));
  (await agent.nextCall()).answer(400, { body: "x".repeat(3_000_000) });
  const { message } = await failing;
  assert.equal(message.length, "Cannot send update: the agent answered 400 ()".length + 64 * 1024);
  const sending = http.send("send message", messageCall("two"), { signal: never });
  await agent.acceptCall();
  await sending;
});

test("HttpAgent quotes characters whole that came in two pieces", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const failing = errorOf(http.subscribe(subscribeCall, { signal: never }));
  const subscribe = await agent.nextSubscribe();
  const [first, second] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)];
  subscribe.answerPartly(503, first);
  await settle();
  subscribe.goOn(second);
  await settle();
  subscribe.cut();
  assert.equal((await failing).message, "Cannot subscribe: the agent answered 503 (é)");
});

test("HttpAgent takes the status of an answer whose body is cut off", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const subscribing = errorOf(http.subscribe(subscribeCall, { signal: never }));
  const subscribe = await agent.nextSubscribe();
  subscribe.answerPartly(503, "Agent has not");
  await settle();
  subscribe.cut();
  assert.equal((await subscribing).message, "Cannot subscribe: the agent answered 503 (Agent has not)");

  const sending = errorOf(http.send("send update", messageCall("ping"), { signal: never }));
  const call = await agent.nextCall();
  call.answerPartly(400, "Fail");
  await settle();
  call.cut();
  const error = await sending;
  assert.deepEqual([error.name, error.code, error.status], ["AgentError", "refused", 400]);
});

test("HttpAgent takes the status of an answer whose body never ends", async () => {
  await using agent = await openScriptedAgent();
  const clock = new FakeClock();
  using http = new HttpAgent(agent.address, { clock });
  const failing = errorOf(http.subscribe(subscribeCall, { signal: never }));
  (await agent.nextSubscribe()).answerPartly(503, "Agent has not");
  await settle();
  clock.advance(deadlineMs);
  assert.equal((await failing).message, "Cannot subscribe: the agent answered 503 (Agent has not)");
  assert.deepEqual(clock.delays, []);
});

test("HttpAgent waits 30 s for an answer to begin", async () => {
  await using agent = await openScriptedAgent();
  const clock = new FakeClock();
  using http = new HttpAgent(agent.address, { clock });
  const subscribing = errorOf(http.subscribe(subscribeCall, { signal: never }));
  const sending = errorOf(http.send("send update", messageCall("ping"), { signal: never }));
  const subscribe = await agent.nextSubscribe();
  await agent.nextCall();
  clock.advance(deadlineMs - 1);
  await settle();
  assert.equal(clock.delays.length, 2);
  clock.advance(1);
  const { port } = agent.address as { port: number };
  assert.equal((await subscribing).message, `Cannot subscribe at 127.0.0.1:${port}: no answer in 30 s`);
  assert.equal((await subscribing).code, "unreachable");
  assert.equal((await sending).message, `Cannot send update at 127.0.0.1:${port}: no answer in 30 s`);
  await subscribe.closed;
});

test("HttpAgent leaves a stream alone that is silent for hours", async () => {
  await using agent = await openScriptedAgent();
  const clock = new FakeClock();
  using http = new HttpAgent(agent.address, { clock });
  const subscribing = http.subscribe(subscribeCall, { signal: never });
  const stream = (await agent.nextSubscribe()).openStream();
  const events = (await subscribing)[Symbol.asyncIterator]();
  clock.advance(24 * 3_600_000);
  await settle();
  stream.event(subscribedEvent);
  assert.equal((await inTime(events.next(), "an event")).done, false);
  stream.end();
  assert.equal((await inTime(events.next(), "the end")).done, true);
});

test("HttpAgent says where nobody listens", async () => {
  const agent = await openScriptedAgent();
  await using unix = await openScriptedAgent({ place: "unix" });
  await agent.stop();
  await unix.stop();
  using http = new HttpAgent(agent.address);
  const error = await errorOf(http.subscribe(subscribeCall, { signal: never }));
  assert.equal(error.code, "unreachable");
  const { port } = agent.address as { port: number };
  assert.ok(error.message.startsWith(`Cannot subscribe at 127.0.0.1:${port}: `), error.message);
  assert.match(error.message, /ECONNREFUSED/);
  using overSocket = new HttpAgent(unix.address);
  const { message, code } = await errorOf(overSocket.send("send update", messageCall("ping"), { signal: never }));
  assert.equal(code, "unreachable");
  assert.match(message, /^Cannot send update at unix:\/.*ENOENT/);
});

test("HttpAgent.send() says when its connection is cut before the answer", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const failing = errorOf(http.send("send update", messageCall("ping"), { signal: never }));
  (await agent.nextCall()).cut();
  const error = await failing;
  assert.deepEqual([error.name, error.code, error.status], ["AgentError", "unreachable", undefined]);
  assert.ok(error.cause instanceof Error);
});

for (const contentType of [
  "application/json",
  "text/html; charset=utf-8",
  "",
  "application/x-protobuf; charset=utf-8",
]) {
  test(`HttpAgent.subscribe() refuses a stream of "${contentType}"`, async () => {
    await using agent = await openScriptedAgent();
    using http = new HttpAgent(agent.address);
    const failing = errorOf(http.subscribe(subscribeCall, { signal: never }));
    const stream = (await agent.nextSubscribe()).openStream({ contentType });
    const { code, message } = await failing;
    assert.equal(code, "protocol");
    assert.equal(message, `Cannot subscribe: expected a stream of application/x-protobuf, found ${contentType}`);
    await stream.closed;
  });
}

const broken: [string, Uint8Array, string][] = [
  ["no RecordIO", Buffer.from("<html>"), "Cannot read record length: found byte 0x3c instead of a digit"],
  ["a torn record", Buffer.from("5\nab"), "Cannot read record: the stream ended inside it"],
  // A field of 127 bytes in a record of 2.
  ["a record that is no event", Buffer.from([0x32, 0x0a, 0x12, 0x7f]), "Cannot read event: "],
];
for (const [name, bytes, found] of broken) {
  test(`HttpAgent.subscribe() ends with "protocol" for ${name}`, async () => {
    await using agent = await openScriptedAgent();
    using http = new HttpAgent(agent.address);
    const subscribing = http.subscribe(subscribeCall, { signal: never });
    const stream = (await agent.nextSubscribe()).openStream();
    stream.event(subscribedEvent);
    stream.write(bytes);
    stream.end();
    const events = (await subscribing)[Symbol.asyncIterator]();
    assert.equal((await events.next()).done, false);
    const { port } = agent.address as { port: number };
    const { code, message } = await errorOf(events.next());
    assert.equal(code, "protocol");
    assert.ok(message.startsWith(`Cannot read events from 127.0.0.1:${port}: ${found}`), message);
  });
}

test("HttpAgent.subscribe() ends with an error when the agent dies inside a record", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const subscribing = http.subscribe(subscribeCall, { signal: never });
  const stream = (await agent.nextSubscribe()).openStream();
  stream.event(subscribedEvent);
  stream.write(Buffer.from("12\nhello"));
  const events = (await subscribing)[Symbol.asyncIterator]();
  await events.next();
  stream.cut();
  assert.equal((await errorOf(events.next())).code, "unreachable");
});

test("HttpAgent gets over an accepted call whose answer never ends", async () => {
  await using agent = await openScriptedAgent();
  const clock = new FakeClock();
  using http = new HttpAgent(agent.address, { clock });
  const first = http.send("send update", messageCall("one"), { signal: never });
  const second = http.send("send update", messageCall("two"), { signal: never });
  (await agent.nextCall()).answerPartly(202, "accep");
  await settle();
  clock.advance(deadlineMs);
  await inTime(first, "the first answer");
  await agent.acceptCall();
  await inTime(second, "the second answer");
});
