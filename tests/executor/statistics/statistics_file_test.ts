import assert from "node:assert/strict";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { test } from "node:test";
import type { ResourceStatistics } from "../../../src/executor/statistics/resource_statistics.ts";
import { keepStatisticsFile } from "../../../src/executor/statistics/statistics_file.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { RecordingLog } from "../recording_log.ts";
import { openTemporaryFolder } from "../temporary_folder.ts";

const intervalMs = 1000;

async function openBench() {
  const folder = await openTemporaryFolder();
  const clock = new FakeClock();
  const log = new RecordingLog();
  const ending = new AbortController();
  const running = new Map<string, ResourceStatistics>();
  const measured = { measure: (): ReadonlyMap<string, ResourceStatistics> => new Map(running) };
  const kept = keepStatisticsFile({
    sandbox: folder.path,
    intervalMs,
    measure: () => measured.measure(),
    clock,
    log,
    signal: ending.signal,
  });
  const end = async () => {
    ending.abort();
    await kept;
  };
  return {
    folder,
    log,
    running,
    measured,
    end,
    read: async () => JSON.parse(await readFile(folder.at("statistics.json"), "utf8")),
    /** Passes a pause, and waits until the next one has begun. */
    pass: async () => {
      await clock.scheduled(intervalMs);
      clock.advance(intervalMs);
      await clock.scheduled(intervalMs);
    },
    [Symbol.asyncDispose]: async () => {
      await end();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("the file has what each task uses, and what ended ones used last", async () => {
  await using bench = await openBench();
  bench.running.set("t1", { timestamp: 1 }).set("t2", { timestamp: 1 });
  await bench.pass();
  assert.deepEqual(await bench.read(), { tasks: { t1: { timestamp: 1 }, t2: { timestamp: 1 } } });
  bench.running.delete("t1");
  bench.running.set("t2", { timestamp: 2 });
  await bench.pass();
  assert.deepEqual(await bench.read(), { tasks: { t1: { timestamp: 1 }, t2: { timestamp: 2 } } });
  assert.deepEqual(await readdir(bench.folder.path), ["statistics.json"]);
});

test("the file forgets tasks that ended long ago, and none that runs", async () => {
  await using bench = await openBench();
  bench.running.set("always", { timestamp: 0 });
  for (let round = 1; round <= 3; round++) {
    for (let task = 0; task < 60; task++) bench.running.set(`r${round}t${task}`, { timestamp: round });
    await bench.pass();
    for (let task = 0; task < 60; task++) bench.running.delete(`r${round}t${task}`);
  }
  await bench.pass();
  const tasks = Object.keys((await bench.read()).tasks);
  assert.equal(tasks.length, 101);
  assert.ok(tasks.includes("always") && tasks.includes("r3t0") && !tasks.includes("r1t59"));
});

test("what a container has put in the way is replaced, and its target left alone", async () => {
  await using bench = await openBench();
  await using elsewhere = await openTemporaryFolder();
  await writeFile(elsewhere.at("precious"), "as it was");
  for (const name of ["statistics.json", ".statistics.json"]) {
    await symlink(elsewhere.at("precious"), bench.folder.at(name));
  }
  bench.running.set("t1", { timestamp: 1 });
  await bench.pass();
  assert.deepEqual(await bench.read(), { tasks: { t1: { timestamp: 1 } } });
  assert.equal(await readFile(elsewhere.at("precious"), "utf8"), "as it was");
});

test("a file that cannot be written is told once, until it is another trouble", async () => {
  await using bench = await openBench();
  await mkdir(bench.folder.at("statistics.json", "full"), { recursive: true });
  await bench.pass();
  await bench.pass();
  assert.deepEqual(bench.log.messages("warn"), ["cannot write the statistics of the tasks"]);
  bench.measured.measure = () => {
    throw new Error("another");
  };
  await bench.pass();
  assert.equal(bench.log.messages("warn").length, 2);
});

test("nothing is written after the end", async () => {
  await using bench = await openBench();
  await bench.end();
  assert.deepEqual(await readdir(bench.folder.path), []);
});
