import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { openSocketTransport } from "../../../registry/client/http/socket_transport.ts";
import { openRegistryClient } from "../../../registry/client/open_registry_client.ts";
import { RequestLimits } from "../../../registry/client/request_limits.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { emptyScope } from "../../../registry/values/scope.ts";
import { collect, pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { listen, openTestServer } from "../server/test_server.ts";
import { HastyClock } from "./fast_client.ts";

/** A server that answers when it is told to, and counts who waits for it. */
async function openGate() {
  const held: (() => void)[] = [];
  const seen: string[] = [];
  const waiters: (() => void)[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request.url ?? "");
    held.push(() => response.end("answer"));
    for (const wake of waiters.splice(0)) wake();
  });
  const listening = await listen(server);
  return {
    seen,
    url: (path: string) => new URL(`http://${listening.host}${path}`),
    /** Resolves when so many have come in all. */
    async came(count: number) {
      while (seen.length < count) await new Promise<void>((resolve) => waiters.push(resolve));
    },
    answer: () => held.shift()?.(),
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

test("RequestLimits lets so many answers be on their way at once, and the next one when one has been read", async () => {
  await using gate = await openGate();
  using sockets = openSocketTransport();
  const send = new RequestLimits({ concurrency: 2 }).limit(sockets.send);
  const get = (path: string, signal?: AbortSignal) =>
    send({ method: "GET", url: gate.url(path), headers: {}, scope: emptyScope, ...(signal && { signal }) });
  const [first, second, third] = [get("/1"), get("/2"), get("/3")];
  await gate.came(2);
  const ending = new AbortController();
  const fourth = get("/4", ending.signal);
  ending.abort(new Error("not wanted any more"));
  await assert.rejects(fourth, /not wanted any more/, "who waits may leave");
  gate.answer();
  const answer = await first;
  assert.deepEqual(gate.seen.toSorted(), ["/1", "/2"], "an answer that has begun is still on its way");
  assert.equal((await collect(answer.body)).toString(), "answer");
  await gate.came(3);
  gate.answer();
  await (await second)[Symbol.asyncDispose]();
  const fifth = get("/5");
  await gate.came(4);
  assert.deepEqual(gate.seen.slice(2), ["/3", "/5"], "one that is disposed of has been read as well");
  gate.answer();
  gate.answer();
  for (const rest of [third, fifth]) await (await rest)[Symbol.asyncDispose]();
});

test("RequestLimits does not count requests that write, nor those that failed", async () => {
  await using gate = await openGate();
  using sockets = openSocketTransport();
  const send = new RequestLimits({ concurrency: 1 }).limit(sockets.send);
  await assert.rejects(send({ method: "GET", url: new URL("http://127.0.0.1:1/"), headers: {}, scope: emptyScope }));
  const reading = send({ method: "GET", url: gate.url("/read"), headers: {}, scope: emptyScope });
  await gate.came(1);
  const writing = send({ method: "DELETE", url: gate.url("/write"), headers: {}, scope: emptyScope });
  await gate.came(2);
  gate.answer();
  gate.answer();
  for (const response of [await reading, await writing]) await response[Symbol.asyncDispose]();
});

test("RequestLimits holds what is read to so many bytes a second, for all who share it", async () => {
  const content = memoryRegistry();
  const blobs = [randomBlob(40_000), randomBlob(40_000)];
  for (const blob of blobs) await pushSpecimen(content, "app", blob);
  await using server = await openTestServer(content);
  const clock = new HastyClock();
  const begin = clock.now();
  const limits = new RequestLimits({ bandwidth: 10_000 }, clock);
  for (const blob of blobs) {
    using client = openRegistryClient(server.host, { limits });
    const { body } = await client.getBlob("app", blob.descriptor.digest);
    assert.deepEqual(await collect(body), Buffer.from(blob.bytes));
  }
  const tookMs = clock.now() - begin;
  assert.ok(tookMs >= 7000 && tookMs <= 8000, `80 kB at 10 kB a second, a second of it in advance, took ${tookMs} ms`);
});
