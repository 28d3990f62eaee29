import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../../registry/pull_through/pace.ts";
import { isRegistryError, type RegistryErrorCode } from "../../../registry/registry_error.ts";
import { CacheBench } from "./cache_bench.ts";

const code = (wanted: RegistryErrorCode) => (error: unknown) => isRegistryError(error, wanted);

const windowMs = 10_000;

async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** A mirror before the registry itself, both with one blob of twenty pieces. */
async function twoSources(size = 50_000) {
  const bench = new CacheBench();
  bench.upstreams = [bench.mirror, bench.origin];
  return { bench, blob: await bench.blob(size, bench.mirror, bench.origin) };
}

test("a blob that stops coming is gone on with at another source, at the byte where it stopped (J 29)", async () => {
  const { bench, blob } = await twoSources();
  bench.mirror.manner = { kind: "stalls", afterBytes: 20_500 };
  const reading = bench.read(blob);
  await turns();
  await bench.time.scheduled(windowMs);
  bench.time.advance(windowMs);
  assert.deepEqual(await reading, Buffer.from(blob.bytes));
  assert.deepEqual(bench.origin.firsts, [20_500]);
  assert.equal(bench.mirror.cancelled, 1);
  await bench.read(await bench.blob(100, bench.mirror, bench.origin));
  assert.equal(bench.mirror.count("getBlob"), 1, "the mirror is left alone for a while");
});

test("a source that brings less than the minimum rate is replaced by a faster one, and cancelled (J 30)", async () => {
  const { bench, blob } = await twoSources();
  const gates: (() => void)[] = [];
  bench.mirror.manner = { kind: "waits", gate: () => new Promise((open) => gates.push(open)) };
  const reading = bench.read(blob);
  for (let piece = 0; piece < 4; piece++) {
    while (gates.length === 0) await turns(1);
    if (piece > 0) bench.time.advance(2000);
    gates.shift()?.();
  }
  await turns();
  bench.time.advance(windowMs);
  assert.deepEqual(await reading, Buffer.from(blob.bytes));
  assert.deepEqual(bench.origin.firsts, [10_000]);
  assert.equal(bench.mirror.cancelled, 1);
});

test("a slow source goes on while the one that was asked beside it brings nothing (J 30)", async () => {
  const { bench, blob } = await twoSources();
  const gates: (() => void)[] = [];
  bench.mirror.manner = { kind: "waits", gate: () => new Promise((open) => gates.push(open)) };
  bench.origin.manner = { kind: "hangs" };
  const reading = bench.read(blob);
  while (gates.length === 0) await turns(1);
  gates.shift()?.();
  await turns();
  bench.time.advance(windowMs);
  await turns();
  assert.equal(bench.origin.count("getBlob"), 1);
  const timer = setInterval(() => gates.shift()?.(), 1);
  try {
    assert.deepEqual(await reading, Buffer.from(blob.bytes));
  } finally {
    clearInterval(timer);
  }
});

test("a slow source that is the only one is waited for", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob(50_000);
  const gates: (() => void)[] = [];
  bench.origin.manner = { kind: "waits", gate: () => new Promise((open) => gates.push(open)) };
  const reading = bench.read(blob);
  for (let piece = 0; piece < 20; piece++) {
    while (gates.length === 0) await turns(1);
    if (piece > 0) bench.time.advance(windowMs);
    gates.shift()?.();
  }
  assert.deepEqual(await reading, Buffer.from(blob.bytes));
  assert.equal(bench.origin.count("getBlob"), 1);
});

test("a source is not slow because nobody takes what it brings", () => {
  let nowMs = 0;
  const clock = { now: () => nowMs, sleep: async () => undefined };
  const pace = new Pace(clock, { bytesPerSecond: 1000, windowMs: 10_000 });
  pace.ask();
  nowMs += 100;
  pace.got(10);
  nowMs += 60_000;
  assert.equal(pace.isTooSlow(), false);
  pace.ask();
  nowMs += 10_000;
  assert.equal(pace.isTooSlow(), true);
  nowMs += 10_000;
  pace.got(11_000);
  assert.equal(pace.isTooSlow(), false);
});

test("a blob that is wrong is dropped, and had from another source by who asks again (J 31)", async () => {
  const { bench, blob } = await twoSources(1000);
  bench.mirror.manner = { kind: "lies and breaks off", afterBytes: 2000 };
  await assert.rejects(bench.read(blob), code("CORRUPT"));
  assert.equal(await bench.stored(blob), false);
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
  assert.equal(bench.mirror.count("getBlob"), 1);
  assert.deepEqual(bench.filled, ["failed", "stored"]);
});

test("a blob that is wrong everywhere is CORRUPT, and nothing of it is kept (J 32)", async () => {
  const { bench, blob } = await twoSources();
  bench.mirror.manner = { kind: "is corrupt" };
  bench.origin.manner = { kind: "is corrupt" };
  for (let round = 0; round < 4; round++) await assert.rejects(bench.read(blob), code("CORRUPT"));
  assert.equal(await bench.stored(blob), false);
  assert.ok(bench.origin.count("getBlob") > 0 && bench.mirror.count("getBlob") > 0);
});

test("when several sources have sent of what is wrong, each is tried alone, and the one that is wrong is found", async () => {
  const { bench, blob } = await twoSources();
  bench.mirror.manner = { kind: "lies and breaks off", afterBytes: 20_500 };
  await assert.rejects(bench.read(blob), code("CORRUPT"));
  bench.mirror.manner = { kind: "is corrupt" };
  bench.time.advance(60_000);
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes), "no reader sees what is tried in vain");
  assert.equal(bench.mirror.count("getBlob"), 2);
  await bench.read(await bench.blob(100, bench.mirror, bench.origin));
  assert.equal(bench.mirror.count("getBlob"), 2, "it is known to be wrong, and rests");
  assert.deepEqual(bench.filled, ["failed", "stored", "stored"]);
});

test("a source is not blamed for what another has added to its bytes", async () => {
  const { bench, blob } = await twoSources();
  bench.mirror.manner = { kind: "breaks off", afterBytes: 20_500 };
  bench.origin.manner = { kind: "is corrupt" };
  await assert.rejects(bench.read(blob), code("CORRUPT"));
  bench.mirror.manner = { kind: "well" };
  bench.time.advance(1001);
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
  assert.equal(bench.mirror.count("getBlob"), 2, "its rest was that of one failure");
  assert.equal(bench.origin.count("getBlob"), 1);
});

test("a source that says another size than the one that broke off does not go on with its blob", async () => {
  const { bench, blob } = await twoSources();
  bench.mirror.manner = { kind: "breaks off", afterBytes: 20_500 };
  const { content } = bench.origin;
  const { getBlob } = content;
  content.getBlob = async (...words) => {
    const { descriptor, ...found } = await getBlob.apply(content, words);
    return { ...found, descriptor: { ...descriptor, size: descriptor.size + 1 } };
  };
  const { digest } = blob.descriptor;
  await assert.rejects(bench.read(blob), {
    code: "CORRUPT",
    message: `Cannot read "${digest}": found 50001 bytes, expected 50000`,
  });
  content.getBlob = getBlob;
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
});

test("a blob that ends too early is gone on with at another source; when there is none, it is told where it ended", async () => {
  const { bench, blob } = await twoSources();
  bench.mirror.manner = { kind: "ends early", afterBytes: 20_500 };
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
  assert.deepEqual(bench.origin.firsts, [20_500]);
  for (const afterBytes of [0, 20_500]) {
    const next = await bench.blob(50_000);
    bench.upstreams = [bench.origin];
    bench.origin.manner = { kind: "ends early", afterBytes };
    await assert.rejects(bench.read(next), {
      code: "UNAVAILABLE",
      message: `Cannot read "${next.descriptor.digest}": it ended at byte ${afterBytes}, expected ${next.bytes.byteLength} bytes`,
    });
    assert.equal(await bench.stored(next), false);
  }
});

test("a transfer that every source has broken off is gone on with by the next who asks (J 44)", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob(50_000);
  bench.origin.manner = { kind: "breaks off", afterBytes: 20_500 };
  await assert.rejects(bench.read(blob), code("UNAVAILABLE"));
  bench.origin.manner = { kind: "well" };
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
  assert.deepEqual(bench.origin.firsts, [0, 20_499]);
});

test("a beginning that is longer than the blob is thrown away", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob(50_000);
  bench.origin.manner = { kind: "breaks off", afterBytes: 20_500 };
  await assert.rejects(bench.read(blob), code("UNAVAILABLE"));
  const { resumeUpload } = bench.store;
  bench.store.resumeUpload = async (...words) => {
    const upload = await resumeUpload.apply(bench.store, words);
    await upload.append([blob.bytes] as unknown as AsyncIterable<Uint8Array>);
    return upload;
  };
  bench.origin.manner = { kind: "well" };
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
  assert.deepEqual(bench.origin.firsts, [0, 70_499, 0]);
});
