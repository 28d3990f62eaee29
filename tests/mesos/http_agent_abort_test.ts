import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpAgent } from "../../src/mesos/http_agent.ts";
import type { Event } from "../../src/mesos/protocol.ts";
import { messageCall, subscribeCall, subscribedEvent } from "../fakes/calls.ts";
import { openScriptedAgent } from "../fakes/scripted_agent.ts";
import { errorOf, settle } from "../fakes/waiting.ts";

const never = new AbortController().signal;

async function read(events: AsyncIterable<Event>): Promise<void> {
  for await (const _event of events);
}

test("HttpAgent sends nothing once its signal is aborted", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const reason = new Error("given up");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(http.subscribe(subscribeCall, { signal }), reason);
  await assert.rejects(http.send("send update", messageCall("ping"), { signal }), reason);
  await settle();
  assert.equal(agent.connectionCount, 0);
});

test("HttpAgent gives up waiting calls, also those that are not sent yet, when their signal is aborted", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const given = new AbortController();
  const { signal } = given;
  const failing = [
    http.subscribe(subscribeCall, { signal }),
    http.send("send update", messageCall("one"), { signal }),
    http.send("send update", messageCall("two"), { signal }),
  ].map(errorOf);
  const [subscribe, call] = await Promise.all([agent.nextSubscribe(), agent.nextCall()]);
  const reason = new Error("given up");
  given.abort(reason);
  assert.deepEqual(await Promise.all(failing), [reason, reason, reason]);
  await Promise.all([subscribe.closed, call.closed]);
  await settle();
  assert.equal(agent.requests.length, 2);
});

test("HttpAgent ends a stream whose signal is aborted, and frees its connection for the next", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const given = new AbortController();
  const subscribing = http.subscribe(subscribeCall, { signal: given.signal });
  const stream = (await agent.nextSubscribe()).openStream();
  stream.event(subscribedEvent);
  const reading = read(await subscribing);
  await settle();
  given.abort(new Error("given up"));
  assert.equal((await errorOf(reading)).name, "AgentError");
  await stream.closed;
  const again = http.subscribe(subscribeCall, { signal: never });
  (await agent.nextSubscribe()).openStream().end();
  await read(await again);
});

test("HttpAgent ends a stream whose reader stops reading, and frees its connection for the next", async () => {
  await using agent = await openScriptedAgent();
  using http = new HttpAgent(agent.address);
  const subscribing = http.subscribe(subscribeCall, { signal: never });
  const stream = (await agent.nextSubscribe()).openStream();
  stream.event(subscribedEvent);
  for await (const _event of await subscribing) break;
  await stream.closed;
  const again = http.subscribe(subscribeCall, { signal: never });
  (await agent.nextSubscribe()).openStream().end();
  await read(await again);
});
