import assert from "node:assert/strict";
import { test } from "node:test";
import { type DiskWatchOptions, watchDisk } from "../../../src/executor/disk/watch.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { RecordingLog } from "../recording_log.ts";
import { settled } from "../until.ts";

/** A watch over 1000 bytes, and what came of it. */
function watch(overrides: Partial<DiskWatchOptions>) {
  const clock = new FakeClock();
  const log = new RecordingLog();
  const ending = new AbortController();
  const bench = { clock, log, ending, outcome: undefined as unknown, looks: 0 };
  watchDisk({
    quotaBytes: 1000,
    intervalMs: 15_000,
    measureContainer: async () => 0,
    measureSandbox: async () => 0,
    clock,
    log,
    signal: ending.signal,
    ...overrides,
  }).then(
    (bytes) => {
      bench.outcome = bytes;
    },
    (error: unknown) => {
      bench.outcome = error;
    },
  );
  return bench;
}

/** Passes the pause before the next look. */
async function pass(bench: { clock: FakeClock }, delayMs = 15_000): Promise<void> {
  await bench.clock.scheduled(delayMs);
  bench.clock.advance(delayMs);
  await settled();
}

const sums: readonly { title: string; container: number | undefined; sandbox: number; outcome: number | undefined }[] =
  [
    { title: "lets what is used up to the quota be", container: 600, sandbox: 400, outcome: undefined },
    { title: "gives what container and sandbox use beyond it", container: 600, sandbox: 401, outcome: 1001 },
    {
      title: "counts the sandbox alone when the daemon cannot tell",
      container: undefined,
      sandbox: 1001,
      outcome: 1001,
    },
    { title: "counts the container alone when the sandbox is empty", container: 2000, sandbox: 0, outcome: 2000 },
  ];

for (const { title, container, sandbox, outcome } of sums) {
  test(`watchDisk() ${title}`, async () => {
    const bench = watch({ measureContainer: async () => container, measureSandbox: async () => sandbox });
    await settled();
    assert.equal(bench.outcome, undefined, "it waits before its first look");
    await pass(bench);
    assert.equal(bench.outcome, outcome);
  });
}

test("watchDisk() looks again and again, at the pace that it is given", async () => {
  let used = 0;
  const bench = watch({ intervalMs: 500, measureSandbox: async () => used });
  await pass(bench, 500);
  used = 999;
  await pass(bench, 500);
  assert.equal(bench.outcome, undefined);
  used = 1500;
  await pass(bench, 500);
  assert.equal(bench.outcome, 1500);
  assert.deepEqual(bench.clock.delays, [], "no timer keeps the process alive");
});

test("watchDisk() goes on when a look fails, and says so", async () => {
  let looks = 0;
  const bench = watch({
    measureSandbox: async () => {
      looks++;
      if (looks === 1) throw new Error("EIO");
      return 2000;
    },
  });
  await pass(bench);
  assert.equal(bench.outcome, undefined);
  assert.deepEqual(bench.log.lines, [
    { level: "warn", message: "cannot tell how much disk the task uses", fields: { error: "EIO" } },
  ]);
  await pass(bench);
  assert.equal(bench.outcome, 2000);
});

test("watchDisk() ends with its signal while it waits", async () => {
  const bench = watch({});
  await bench.clock.scheduled(15_000);
  const reason = new Error("the container is removed");
  bench.ending.abort(reason);
  await settled();
  assert.equal(bench.outcome, reason);
  assert.deepEqual(bench.clock.delays, []);
});

test("watchDisk() ends with its signal's reason when that breaks a look, without a word", async () => {
  const look = Promise.withResolvers<number>();
  const bench = watch({ measureContainer: () => look.promise });
  await pass(bench);
  const reason = new Error("the container is removed");
  bench.ending.abort(reason);
  look.reject(new Error("the call was ended"));
  await settled();
  assert.equal(bench.outcome, reason);
  assert.deepEqual(bench.log.lines, []);
});
