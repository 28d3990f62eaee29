import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckTiming, Finding } from "../../../src/executor/checks/check_spec.ts";
import { CheckSchedule } from "../../../src/executor/checks/schedule.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { settled } from "../until.ts";

const good: Finding = { kind: "tcp", succeeded: true };

/** A schedule whose probes a test answers. */
class Bench {
  readonly clock = new FakeClock();
  readonly found: Finding[] = [];
  readonly failures: unknown[] = [];
  /** Probes under way, oldest first. */
  readonly probes: { answer: (finding: Finding) => void; fail: (error: unknown) => void; signal: AbortSignal }[] = [];
  made = 0;
  readonly schedule: CheckSchedule;

  constructor(timing: Partial<CheckTiming> = {}) {
    this.schedule = new CheckSchedule({
      timing: { delayMs: 100, intervalMs: 1000, ...timing },
      clock: this.clock,
      probe: (signal) => this.#probe(signal),
      found: (finding) => this.found.push(finding),
      fail: (error) => this.failures.push(error),
    });
  }

  async pass(ms: number): Promise<void> {
    await settled();
    this.clock.advance(ms);
    await settled();
  }

  async answer(finding: Finding = good): Promise<void> {
    this.probes.shift()?.answer(finding);
    await settled();
  }

  #probe(signal: AbortSignal): Promise<Finding> {
    this.made++;
    return new Promise((answer, fail) => {
      this.probes.push({ answer, fail, signal });
      signal.addEventListener("abort", () => fail(signal.reason), { once: true });
    });
  }
}

test("CheckSchedule probes after its delay, and then its interval after the end of each probe", async () => {
  const bench = new Bench();
  await bench.pass(99);
  assert.equal(bench.made, 0);
  await bench.pass(1);
  assert.equal(bench.made, 1);
  await bench.pass(5000);
  assert.equal(bench.made, 1, "no probe overlaps another");
  await bench.answer();
  await bench.pass(999);
  assert.equal(bench.made, 1);
  await bench.pass(1);
  assert.equal(bench.made, 2);
  bench.schedule[Symbol.dispose]();
  await settled();
  assert.deepEqual(bench.clock.delays, []);
});

test("CheckSchedule finds nothing when a probe takes too long, and ends it", async () => {
  const bench = new Bench({ timeoutMs: 500 });
  await bench.pass(100);
  await bench.pass(500);
  assert.deepEqual(bench.found, [{ kind: "none", why: "it took longer than 0.5 s" }]);
  assert.equal(bench.probes[0]?.signal.aborted, true);
  await bench.pass(1000);
  assert.equal(bench.made, 2);
  bench.schedule[Symbol.dispose]();
});

test("CheckSchedule lets a probe take as long as it likes when there is no time-out", async () => {
  const bench = new Bench();
  await bench.pass(100);
  await bench.pass(3_600_000);
  assert.equal(bench.probes[0]?.signal.aborted, false);
  bench.schedule[Symbol.dispose]();
});

test("CheckSchedule makes no probe while it is paused, and one at once when it is resumed", async () => {
  const bench = new Bench();
  await bench.pass(100);
  await bench.answer();
  bench.schedule.pause();
  await bench.pass(60_000);
  assert.equal(bench.made, 1);
  bench.schedule.resume();
  await bench.pass(0);
  assert.equal(bench.made, 2);
  bench.schedule[Symbol.dispose]();
});

test("CheckSchedule throws away what a probe found that a pause has overtaken", async () => {
  const bench = new Bench();
  await bench.pass(100);
  bench.schedule.pause();
  await bench.answer();
  assert.deepEqual(bench.found, []);
  bench.schedule.resume();
  await bench.pass(0);
  await bench.answer();
  assert.deepEqual(bench.found, [good]);
  bench.schedule[Symbol.dispose]();
});

test("CheckSchedule may be paused and resumed as often as one likes", async () => {
  const bench = new Bench();
  for (let round = 0; round < 3; round++) {
    bench.schedule.pause();
    bench.schedule.pause();
    bench.schedule.resume();
    bench.schedule.resume();
    await bench.pass(0);
  }
  assert.equal(bench.probes.filter(({ signal }) => !signal.aborted).length, 1);
  bench.schedule[Symbol.dispose]();
});

test("CheckSchedule makes no probe when it is paused again in the moment of its resumption", async () => {
  const bench = new Bench();
  bench.schedule.pause();
  await settled();
  bench.schedule.resume();
  bench.schedule.pause();
  await bench.pass(60_000);
  assert.equal(bench.made, 0);
  bench.schedule.resume();
  await bench.pass(0);
  assert.equal(bench.made, 1);
  bench.schedule[Symbol.dispose]();
});

test("CheckSchedule finds nothing once it has ended, paused or not", async () => {
  for (const pause of [true, false]) {
    const bench = new Bench();
    await bench.pass(100);
    if (pause) bench.schedule.pause();
    bench.schedule[Symbol.dispose]();
    bench.schedule.resume();
    await bench.pass(60_000);
    assert.deepEqual([bench.found, bench.failures, bench.made], [[], [], 1]);
    assert.deepEqual(bench.clock.delays, []);
  }
});

test("CheckSchedule passes on an error of ours", async () => {
  const bench = new Bench();
  await bench.pass(100);
  bench.probes[0]?.fail(new RangeError("a bug"));
  await settled();
  assert.deepEqual(bench.failures, [new RangeError("a bug")]);
});
