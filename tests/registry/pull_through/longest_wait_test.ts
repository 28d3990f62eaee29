// Who asks a cache is answered in a while, also when none of its sources answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { RegistryError } from "../../../registry/registry_error.ts";
import { list, randomBlob } from "../conformance/specimens.ts";
import { CacheBench, here } from "./cache_bench.ts";

const longestWaitMs = 40_000;

/** A cache that waits for so long, in front of sources that hang. */
async function openBench(): Promise<CacheBench> {
  const bench = new CacheBench();
  bench.longestWaitMs = longestWaitMs;
  bench.upstreams = [bench.mirror, bench.origin];
  bench.mirror.manner = bench.origin.manner = { kind: "hangs" };
  bench.cache = bench.open();
  return bench;
}

/** What an answer fails with when its time is over. */
async function failure(bench: CacheBench, answer: Promise<unknown>): Promise<RegistryError> {
  const failed = answer.then(
    () => assert.fail("it was answered"),
    (error: unknown) => RegistryError.from(error),
  );
  await bench.time.scheduled(longestWaitMs);
  bench.time.advance(longestWaitMs);
  return await failed;
}

const { digest } = randomBlob(10).descriptor;
for (const [what, ask] of [
  ["manifest", ({ cache }) => cache.getManifest(here, "v1")],
  ["tag", ({ cache }) => cache.statManifest(here, "v1")],
  ["blob", ({ cache }) => cache.getBlob(here, digest)],
  ["part of a blob", ({ cache }) => cache.getBlob(here, digest, { range: { first: 2 } })],
  ["size of a blob", ({ cache }) => cache.statBlob(here, digest)],
  ["list of tags", ({ cache }) => list(cache.listTags(here))],
  ["list of referrers", ({ cache }) => list(cache.listReferrers(here, digest))],
] as const satisfies [string, (bench: CacheBench) => Promise<unknown>][]) {
  test(`a ${what} that no source answers is UNAVAILABLE when its time is over`, async () => {
    const bench = await openBench();
    const error = await failure(bench, ask(bench));
    assert.equal(error.code, "UNAVAILABLE");
    assert.match(error.message, /no answer in 40000 ms/);
    assert.equal(error.retryAfterMs, 1000, "when the first of the sources is asked again");
  });
}

test("a blob whose only source hangs names it", async () => {
  const bench = await openBench();
  bench.upstreams = [bench.origin];
  const error = await failure(bench, bench.cache.getBlob(here, digest));
  assert.match(error.message, /^Cannot get blob "sha256:[0-9a-f]+" from "origin": found no answer in 40000 ms$/);
});

test("a source that says it has a blob, and sends nothing of it, has not answered when its time is over", async () => {
  const bench = await openBench();
  const blob = await bench.blob(50_000, bench.mirror, bench.origin);
  bench.mirror.manner = bench.origin.manner = { kind: "waits", gate: () => new Promise(() => undefined) };
  const error = await failure(bench, bench.cache.getBlob(here, blob.descriptor.digest));
  assert.match(error.message, /from anywhere: mirror: .*; origin: /);
  assert.deepEqual([bench.mirror.cancelled, bench.origin.cancelled], [1, 1]);
});

test("a blob of which the first bytes are here may stand still for longer", async () => {
  const bench = await openBench();
  const blob = await bench.blob(50_000, bench.origin);
  const gates: (() => void)[] = [];
  bench.origin.manner = { kind: "waits", gate: () => new Promise((open) => gates.push(open)) };
  const reading = bench.read(blob);
  const letOne = async () => {
    while (gates.length === 0) await setImmediate();
    gates.shift()?.();
  };
  await bench.time.scheduled(2000);
  // The mirror hangs, and the registry itself is asked as well.
  bench.time.advance(2000);
  await letOne();
  for (let piece = 1; piece < 20; piece++) {
    while (gates.length === 0) await setImmediate();
    bench.time.advance(longestWaitMs);
    await letOne();
  }
  assert.deepEqual(await reading, Buffer.from(blob.bytes));
});

test("a blob waits behind others that its source sends meanwhile", async () => {
  const bench = await openBench();
  bench.upstreams = [bench.origin];
  const [first, second] = [await bench.blob(50_000), await bench.blob(50_000)];
  const gates: (() => void)[] = [];
  bench.origin.manner = { kind: "waits", gate: () => new Promise((open) => gates.push(open)) };
  const reading = bench.read(first);
  while (gates.length === 0) await setImmediate();
  gates.shift()?.();
  while (gates.length === 0) await setImmediate();
  bench.origin.manner = { kind: "hangs" };
  const waiting = bench.read(second).then(
    () => assert.fail("it was answered"),
    (error: unknown) => RegistryError.from(error),
  );
  let isOver = false;
  void waiting.then(() => {
    isOver = true;
  });
  await bench.time.scheduled(longestWaitMs);
  for (let piece = 2; piece < 20; piece++) {
    bench.time.advance(longestWaitMs / 2);
    gates.shift()?.();
    while (gates.length === 0) await setImmediate();
    assert.equal(isOver, false);
  }
  gates.shift()?.();
  assert.deepEqual(await reading, Buffer.from(first.bytes));
  while (!isOver) {
    bench.time.advance(longestWaitMs);
    await setImmediate();
  }
  assert.match((await waiting).message, /no answer/);
});

test("the error names every source that hangs", async () => {
  const bench = await openBench();
  const error = await failure(bench, bench.cache.getManifest(here, "v1"));
  assert.match(error.message, /from anywhere: mirror: .*; origin: /);
});

test("a tag that is here is given after its own, shorter time", async () => {
  const bench = await openBench();
  bench.origin.manner = bench.mirror.manner = { kind: "well" };
  const image = await bench.image();
  await bench.cache.getManifest(here, "v1");
  bench.origin.manner = bench.mirror.manner = { kind: "hangs" };
  const got = bench.cache.getManifest(here, "v1");
  await bench.time.scheduled(longestWaitMs);
  bench.time.advance(2000);
  assert.equal((await got).descriptor.digest, image.descriptor.digest);
});

test("what the registry itself does not have does not exist, also when a mirror hangs to the end", async () => {
  const bench = await openBench();
  bench.origin.manner = { kind: "fails", error: new RegistryError("MANIFEST_UNKNOWN", "Cannot find it") };
  const answer = bench.cache.getManifest(here, "v1");
  answer.catch(() => undefined);
  await bench.time.scheduled(2000);
  bench.time.advance(2000);
  // The registry answers.
  await setImmediate();
  assert.equal((await failure(bench, answer)).code, "MANIFEST_UNKNOWN");
});
