import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { HttpAgent } from "../../src/mesos/http_agent.ts";
import { type Event, Event_Type, encodeCall } from "../../src/mesos/protocol.ts";
import { encodeRecord } from "../../src/mesos/recordio.ts";
import { launchEvent, messageCall, subscribeCall, subscribedEvent } from "../fakes/calls.ts";
import { apiPath, type ListeningPlace, openScriptedAgent } from "../fakes/scripted_agent.ts";
import { inTime, settle } from "../fakes/waiting.ts";

const never = new AbortController().signal;
const hasIpv6 = Object.values(networkInterfaces()).some((found) => found?.some(({ address }) => address === "::1"));

async function collect(events: AsyncIterable<Event>): Promise<Event[]> {
  const all: Event[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const places: [ListeningPlace, (port: number) => string][] = [
  ["127.0.0.1", (port) => `127.0.0.1:${port}`],
  ["::1", (port) => `[::1]:${port}`],
  ["unix", () => "agent"],
];
for (const [place, toHost] of places) {
  test(`HttpAgent speaks to ${place} with the agent's headers and no others`, {
    skip: place === "::1" && !hasIpv6,
  }, async () => {
    await using agent = await openScriptedAgent({ place });
    using http = new HttpAgent(agent.address);
    const subscribing = http.subscribe(subscribeCall, { signal: never });
    const subscribe = await agent.nextSubscribe();
    const stream = subscribe.openStream();
    const sending = http.send("send message", messageCall("ping"), { signal: never });
    const call = await agent.acceptCall();
    await sending;
    stream.event(subscribedEvent);
    stream.end();
    assert.deepEqual(
      (await collect(await subscribing)).map(({ type }) => type),
      [Event_Type.SUBSCRIBED],
    );

    const { address } = agent;
    const host = toHost(address.kind === "tcp" ? address.port : 0);
    for (const { request } of [subscribe, call]) {
      assert.deepEqual([request.method, request.path], ["POST", apiPath]);
      assert.deepEqual(
        { ...request.headers },
        {
          "content-type": "application/x-protobuf",
          accept: "application/x-protobuf",
          "content-length": String(request.body.length),
          host,
          connection: "keep-alive",
        },
      );
    }
    assert.deepEqual(subscribe.request.body, encodeCall(subscribeCall));
    assert.deepEqual(call.request.body, encodeCall(messageCall("ping")));
  });
}

test("HttpAgent sends its token with every request", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address, { token: "abc.def" });
  const subscribing = http.subscribe(subscribeCall, { signal: never });
  (await agent.nextSubscribe()).openStream().end();
  await collect(await subscribing);
  const sending = http.send("send message", messageCall("ping"), { signal: never });
  await agent.acceptCall();
  await sending;
  assert.deepEqual(
    agent.requests.map(({ headers }) => headers.authorization),
    ["Bearer abc.def", "Bearer abc.def"],
  );
});

test("HttpAgent keeps two connections, one for the stream and one for all calls", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const subscribing = http.subscribe(subscribeCall, { signal: never });
  const stream = (await agent.nextSubscribe()).openStream();
  const events = collect(await subscribing);
  for (const text of ["one", "two", "three"]) {
    const sending = http.send("send message", messageCall(text), { signal: never });
    await agent.acceptCall();
    await sending;
    // Long enough for an idle connection to be given up, were it not kept alive.
    await settle();
  }
  const together = ["four", "five"].map((text) => http.send("send message", messageCall(text), { signal: never }));
  await agent.acceptCall();
  await agent.acceptCall();
  await Promise.all(together);
  stream.end();
  await events;
  assert.equal(agent.connectionCount, 2);
  assert.deepEqual(
    agent.requests.map(({ connection }) => connection),
    [0, 1, 1, 1, 1, 1],
  );
});

test("HttpAgent subscribes again by the same connection when the agent only answered", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  for (let attempt = 0; attempt < 3; attempt++) {
    const failing = http.subscribe(subscribeCall, { signal: never });
    (await agent.nextSubscribe()).answer(503, { body: "Agent has not finished recovery" });
    await assert.rejects(failing, { code: "recovering" });
    await settle();
  }
  assert.equal(agent.connectionCount, 1);
});

test("HttpAgent.send() holds calls back until the one before is answered, however slowly", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const order: string[] = [];
  const sent = ["one", "two", "three"].map((text) =>
    http.send("send message", messageCall(text), { signal: never }).then(() => order.push(text)),
  );
  const first = await agent.nextCall();
  await settle();
  assert.equal(agent.requests.length, 1);
  first.answer(202);
  const second = await agent.nextCall();
  await settle();
  assert.equal(agent.requests.length, 2);
  second.answer(202);
  await agent.acceptCall();
  await Promise.all(sent);
  assert.deepEqual(order, ["one", "two", "three"]);
  assert.deepEqual(
    agent.requests.map(({ body }) => body),
    ["one", "two", "three"].map((text) => encodeCall(messageCall(text))),
  );
});

test("HttpAgent.send() goes on with the next call after a failed one", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const first = http.send("send message", messageCall("one"), { signal: never });
  const second = http.send("send message", messageCall("two"), { signal: never });
  (await agent.nextCall()).answer(503);
  await assert.rejects(first, { name: "AgentError", code: "recovering" });
  await agent.acceptCall();
  await second;
});

test("HttpAgent.send() encodes a call when it is given, not when its turn comes", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const data = Uint8Array.of(1);
  const call = { ...messageCall(""), message: { data } };
  const expected = encodeCall(call);
  const first = http.send("send message", messageCall("one"), { signal: never });
  const second = http.send("send message", call, { signal: never });
  data[0] = 2;
  await agent.acceptCall();
  assert.deepEqual((await agent.acceptCall()).request.body, expected);
  await Promise.all([first, second]);
});

test("HttpAgent.subscribe() gives events however their bytes are cut", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const subscribing = http.subscribe(subscribeCall, { signal: never });
  const stream = (await agent.nextSubscribe()).openStream();
  const events = (await subscribing)[Symbol.asyncIterator]();
  stream.event(subscribedEvent);
  assert.equal((await inTime(events.next(), "SUBSCRIBED")).value?.type, Event_Type.SUBSCRIBED);
  // Type 99, byte by byte and each in a chunk of its own.
  for (const byte of encodeRecord(Uint8Array.of(0x08, 99))) {
    stream.write(Uint8Array.of(byte));
    await settle(1);
  }
  stream.event(launchEvent("a"));
  stream.event({ type: Event_Type.SHUTDOWN });
  stream.end();
  const types: (Event_Type | undefined)[] = [];
  for (let next = await events.next(); !next.done; next = await events.next()) types.push(next.value.type);
  assert.equal(types.length, 3);
  assert.deepEqual(types.slice(1), [Event_Type.LAUNCH, Event_Type.SHUTDOWN]);
});

test("HttpAgent closes both connections when it is disposed of", async () => {
  await using agent = await openScriptedAgent();
  const http = new HttpAgent(agent.address);
  const subscribing = http.subscribe(subscribeCall, { signal: never });
  (await agent.nextSubscribe()).openStream().event(subscribedEvent);
  const events = collect(await subscribing);
  const sending = http.send("send message", messageCall("ping"), { signal: never });
  await agent.acceptCall();
  await sending;
  assert.equal(agent.openConnectionCount, 2);
  http[Symbol.dispose]();
  await assert.rejects(events, { name: "AgentError", code: "unreachable" });
  await settle();
  assert.equal(agent.openConnectionCount, 0);
});
