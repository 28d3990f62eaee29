import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "./fake_clock.ts";

test("FakeClock.advance() runs due timers by due time, then by age, and leaves the others", () => {
  const clock = new FakeClock(0);
  const ran: string[] = [];
  clock.schedule(20, () => ran.push(`b at ${clock.now()}`));
  clock.schedule(10, () => ran.push(`a at ${clock.now()}`));
  clock.schedule(20, () => ran.push(`c at ${clock.now()}`));
  clock.schedule(31, () => ran.push("too early"));
  clock.advance(30);
  assert.deepEqual(ran, ["a at 10", "b at 20", "c at 20"]);
  assert.equal(clock.now(), 30);
  assert.deepEqual(clock.delays, [31]);
});

test("FakeClock.advance() runs what its timers schedule, when that falls due in time", () => {
  const clock = new FakeClock(0);
  const ran: number[] = [];
  const again = () => {
    ran.push(clock.now());
    clock.schedule(10, again);
  };
  clock.schedule(10, again);
  clock.advance(35);
  assert.deepEqual(ran, [10, 20, 30]);
});

test("FakeClock runs no timer that was cancelled", () => {
  const clock = new FakeClock(0);
  clock.schedule(10, () => assert.fail("cancelled")).cancel();
  clock.advance(10);
  assert.deepEqual(clock.delays, []);
});

test("FakeClock.scheduled() resolves for a pending timer and for one to come", async () => {
  const clock = new FakeClock(0);
  clock.schedule(10, () => undefined);
  await clock.scheduled(10);
  const resolved: string[] = [];
  const coming = clock.scheduled(20).then(() => resolved.push("20"));
  clock.schedule(30, () => undefined);
  await Promise.resolve();
  assert.deepEqual(resolved, []);
  clock.schedule(20, () => undefined);
  await coming;
});
