import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep, systemClock } from "../../src/runtime/clock.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { inTime, settle } from "../fakes/waiting.ts";

test("systemClock.now() counts milliseconds since the epoch", () => {
  const before = Date.now();
  const now = systemClock.now();
  assert.ok(before <= now && now <= Date.now());
});

test("systemClock.schedule() runs a callback once, after its delay", async () => {
  let count = 0;
  const begin = performance.now();
  const ran = new Promise<number>((resolve) => {
    systemClock.schedule(20, () => {
      count++;
      resolve(performance.now() - begin);
    });
  });
  const tookMs = await inTime(ran, "the callback");
  // Timers may fire up to a millisecond early.
  assert.ok(tookMs >= 19, `${tookMs} ms`);
  await settle();
  assert.equal(count, 1);
});

test("systemClock.schedule() runs a callback that is due already, but not at once", async () => {
  let isReturned = false;
  const ran = new Promise<boolean>((resolve) => {
    systemClock.schedule(-5, () => resolve(isReturned));
  });
  isReturned = true;
  assert.equal(await inTime(ran, "the callback"), true);
});

test("systemClock.schedule() runs no callback that was cancelled, and may be cancelled twice", async () => {
  const timer = systemClock.schedule(5, () => assert.fail("cancelled"));
  timer.cancel();
  timer.cancel();
  await settle();
});

// A platform's timer with a delay of more than 31 bits fires at once.
for (const delayMs of [2 ** 31, 30 * 86_400_000, Number.POSITIVE_INFINITY]) {
  test(`systemClock.schedule() waits for a delay of ${delayMs} ms`, async () => {
    const timer = systemClock.schedule(delayMs, () => assert.fail("far too early"));
    await settle();
    timer.cancel();
  });
}

test("sleep() resolves after its delay and leaves nothing behind", async () => {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  let isOver = false;
  const sleeping = sleep(clock, 100, { signal }).then(() => {
    isOver = true;
  });
  clock.advance(99);
  await Promise.resolve();
  assert.equal(isOver, false);
  clock.advance(1);
  await sleeping;
  assert.deepEqual(clock.delays, []);
});

test("sleep() rejects with the reason of its signal and cancels its timer", async () => {
  const clock = new FakeClock();
  const given = new AbortController();
  const sleeping = sleep(clock, 100, { signal: given.signal });
  const reason = new Error("given up");
  given.abort(reason);
  await assert.rejects(sleeping, reason);
  assert.deepEqual(clock.delays, []);
});

test("sleep() rejects at once when its signal was aborted before", async () => {
  const clock = new FakeClock();
  const reason = new Error("given up");
  await assert.rejects(sleep(clock, 100, { signal: AbortSignal.abort(reason) }), reason);
  assert.deepEqual(clock.delays, []);
});

test("sleep() is not disturbed by an abort after its end", async () => {
  const clock = new FakeClock();
  const given = new AbortController();
  const sleeping = sleep(clock, 1, { signal: given.signal });
  clock.advance(1);
  await sleeping;
  given.abort(new Error("too late"));
});
