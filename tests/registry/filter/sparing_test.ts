// Work that can wait leaves quota to work that cannot: contract B.8, J 23.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../../registry/client/clock.ts";
import { Allowance, sparing } from "../../../registry/filter/sparing.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { HastyClock, openFastClient } from "../client/fast_client.ts";
import { openFaultyServer } from "../client/faulty_server.ts";
import { collect, pushImage, pushSpecimen, randomBlob } from "../conformance/specimens.ts";

/** A registry with a quota on GETs of manifests, which is renewed after so many looks. */
async function openLimited(left: number, renewedAfter: number) {
  const registry = memoryRegistry();
  const image = await pushImage(registry, "a", ["v1"]);
  const state = { left, looks: 0 };
  const server = await openFaultyServer((request, response) => {
    if (request.url?.includes("/manifests/")) {
      if (request.method === "GET") state.left -= 1;
      else state.looks += 1;
      if (state.looks >= renewedAfter) state.left = 100;
      response.setHeader("ratelimit-remaining", `${state.left};w=21600`);
    }
    return "pass";
  }, registry);
  return { server, image, state };
}

test("below the reserve manifests are waited for, with HEAD alone, while others still get them (J 23)", async () => {
  const { server, image } = await openLimited(12, 3);
  await using _server = server;
  const allowance = new Allowance();
  using client = openFastClient(server.host, { observer: { onQuota: (quota) => allowance.note(quota) } });
  const clock = new HastyClock();
  const pauses: object[] = [];
  const spare = sparing(client, { allowance, reserve: 10, clock, onPause: (pause) => void pauses.push(pause) });
  await spare.getManifest("a", "v1");
  await spare.getManifest("a", "v1");
  assert.deepEqual(clock.waits, [], "there was enough");
  assert.equal(allowance.remaining, 10);
  await client.getManifest("a", "v1");
  assert.equal(allowance.remaining, 9, "what cannot wait went on");
  const gets = server.count(/^GET .*manifests/);
  const { descriptor } = await spare.getManifest("a", "v1");
  assert.deepEqual(descriptor, image.descriptor);
  assert.deepEqual(clock.waits, [300_000, 300_000, 300_000]);
  assert.deepEqual(pauses, [{ repository: "a", target: "v1", remaining: 9 }]);
  assert.equal(server.count(/^HEAD .*manifests/), 3);
  assert.equal(server.count(/^GET .*manifests/), gets + 1);
});

test("below the reserve blobs, lists and writes go on, and a caller may give up (J 23)", async () => {
  const { server, image } = await openLimited(5, 1000);
  await using _server = server;
  const allowance = new Allowance();
  using client = openFastClient(server.host, { observer: { onQuota: (quota) => allowance.note(quota) } });
  const leaving = new AbortController();
  const reason = new Error("given up");
  const clock = new HastyClock();
  const spare = sparing(client, { allowance, reserve: 10, clock, onPause: () => leaving.abort(reason) });
  await spare.statManifest("a", "v1");
  const layer = randomBlob();
  await pushSpecimen(server.registry, "a", layer);
  await using content = await spare.getBlob("a", layer.descriptor.digest);
  await collect(content.body);
  await spare.pushManifest("a", image.bytes, { mediaType: image.descriptor.mediaType, tags: ["v2"] });
  const tags: string[] = [];
  for await (const tag of spare.listTags("a")) tags.push(tag);
  assert.deepEqual(tags, ["v1", "v2"]);
  await assert.rejects(spare.getManifest("a", "v1", { signal: leaving.signal }), reason);
  assert.equal(server.count(/^GET .*manifests/), 0);
});

test("a registry that says nothing of quotas is asked at once (J 23)", async () => {
  const registry = memoryRegistry();
  await pushImage(registry, "a", ["v1"]);
  const clock = new HastyClock();
  await sparing(registry, { allowance: new Allowance(), reserve: 10, clock }).getManifest("a", "v1");
  assert.deepEqual(clock.waits, []);
});

test("a reserve that has changed is heard of by who waits, without another look", async () => {
  const { server, image } = await openLimited(5, 1000);
  await using _server = server;
  const allowance = new Allowance();
  using client = openFastClient(server.host, { observer: { onQuota: (quota) => allowance.note(quota) } });
  await client.statManifest("a", "v1");
  const looks = server.count(/^HEAD .*manifests/);
  const options = { allowance, reserve: 10, clock: systemClock, onPause: () => paused.resolve() };
  const paused = Promise.withResolvers<void>();
  const waiting = sparing(client, options).getManifest("a", "v1");
  await paused.promise;
  options.reserve = 7;
  allowance.changed.ring();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(server.count(/^GET .*manifests/), 0, "that is still too much");
  options.reserve = 2;
  allowance.changed.ring();
  assert.deepEqual((await waiting).descriptor, image.descriptor);
  assert.equal(server.count(/^HEAD .*manifests/), looks);
});
