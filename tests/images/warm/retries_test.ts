import assert from "node:assert/strict";
import { test } from "node:test";
import { Alarm } from "../../../src/images/warm/alarm.ts";
import { Retries } from "../../../src/images/warm/retries.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";

test("Retries rings later and later while something fails, at most after the longest pause", () => {
  const clock = new FakeClock();
  let rings = 0;
  using retries = new Retries({ clock, longestMs: () => 30_000, ring: () => rings++ });
  for (const pauseMs of [5000, 10_000, 20_000, 30_000, 30_000]) {
    const before = rings;
    retries.note("a", "failed");
    clock.advance(pauseMs - 1);
    assert.equal(rings, before, `${pauseMs}`);
    clock.advance(1);
    assert.equal(rings, before + 1, `${pauseMs}`);
  }
  retries.note("a", "done");
  retries.note("a", "failed");
  assert.deepEqual(clock.delays, [5000]);
});

test("Retries rings for the first that is due, and not for what was done", () => {
  const clock = new FakeClock();
  let rings = 0;
  const retries = new Retries({ clock, longestMs: () => 60_000, ring: () => rings++ });
  retries.note("a", "failed");
  clock.advance(5000);
  retries.note("a", "failed");
  assert.deepEqual(clock.delays, [10_000]);
  retries.note("b", "failed");
  assert.deepEqual(clock.delays, [5000]);
  retries.note("c", "done");
  clock.advance(5000);
  assert.equal(rings, 2);
  retries.note("b", "failed");
  retries[Symbol.dispose]();
  assert.deepEqual(clock.delays, []);
});

test("Alarm.wait() ends by the ring, also by one from before, by the time and by the signal", async () => {
  const clock = new FakeClock();
  const alarm = new Alarm(clock);
  const ending = new AbortController();
  alarm.ring();
  await alarm.wait(1000, ending.signal);
  const second = alarm.wait(1000, ending.signal);
  assert.deepEqual(clock.delays, [1000], "a ring is heard once");
  clock.advance(1000);
  await second;
  const third = alarm.wait(1000, ending.signal);
  alarm.ring();
  await third;
  const fourth = alarm.wait(1000, ending.signal);
  ending.abort(new Error("enough"));
  await fourth;
  assert.deepEqual(clock.delays, []);
});
