import assert from "node:assert/strict";
import { test } from "node:test";
import { Bandwidth } from "../../registry/bandwidth.ts";
import { HastyClock } from "./client/fast_client.ts";

/** A clock whose waits last until the test ends them by letting time pass. */
class StillClock {
  nowMs = 0;
  readonly waits: number[] = [];
  readonly #ends: { atMs: number; end: () => void }[] = [];

  now(): number {
    return this.nowMs;
  }

  sleep(delayMs: number, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    this.waits.push(delayMs);
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#ends.push({ atMs: this.nowMs + delayMs, end: resolve });
    });
  }

  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    for (const { atMs, end } of this.#ends) if (atMs <= this.nowMs) end();
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

test("Bandwidth holds bytes up once a burst is used", async () => {
  const clock = new HastyClock();
  const bandwidth = new Bandwidth(1000, clock);
  clock.nowMs += 10_000;
  for (const bytes of [500, 500, 500, 1000]) await bandwidth.take(bytes);
  assert.deepEqual(clock.waits, [500, 1000]);
});

test("Bandwidth that changes goes for those who wait as well, in their order", async () => {
  const clock = new StillClock();
  const bandwidth = new Bandwidth(1000, clock);
  const passed: string[] = [];
  const first = bandwidth.take(60_000).then(() => passed.push("first"));
  const second = bandwidth.take(60_000).then(() => passed.push("second"));
  await clock.pass(10_000);
  assert.deepEqual(clock.waits, [60_000, 120_000]);
  bandwidth.change(10_000);
  await settle();
  assert.deepEqual(clock.waits.slice(2), [5000, 11_000]);
  await clock.pass(5000);
  assert.deepEqual(passed, ["first"]);
  bandwidth.change(1000);
  await settle();
  assert.deepEqual(clock.waits.slice(4), [60_000]);
  bandwidth.change(undefined);
  await Promise.all([first, second]);
  await bandwidth.take(1e9);
  assert.equal(clock.waits.length, 5);
});

test("Bandwidth is given up with the signal's reason, also after a change", async () => {
  const bandwidth = new Bandwidth(1, new StillClock());
  const leaving = new AbortController();
  const reason = new Error("given up");
  const waiting = assert.rejects(bandwidth.take(1e6, { signal: leaving.signal }), reason);
  bandwidth.change(2);
  await settle();
  leaving.abort(reason);
  await waiting;
});
