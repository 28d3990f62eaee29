import assert from "node:assert/strict";
import { watch } from "node:fs";
import { open as openFile, rm } from "node:fs/promises";
import { test } from "node:test";
import { watchOom } from "../../../src/executor/container/oom_watch.ts";
import { sleep, systemClock } from "../../../src/runtime/clock.ts";
import { type KernelFilesInit, mountsV1, mountsV2, openKernelSpecimen } from "../kernel_specimen.ts";
import { RecordingLog } from "../recording_log.ts";

const events = (kills: number) => ({
  "cg/c/memory.events": `low 0\nmax 9\noom 1\noom_kill ${kills}\noom_group_kill 0\n`,
});

const unified: KernelFilesInit = { "proc/self/mountinfo": mountsV2, "proc/7/cgroup": "0::/c\n", ...events(0) };

async function open(files: KernelFilesInit) {
  const kernel = await openKernelSpecimen(files);
  const log = new RecordingLog();
  const watch = watchOom({ pid: 7 }, log, { proc: kernel.proc });
  const close = async () => {
    watch?.[Symbol.dispose]();
    await kernel[Symbol.asyncDispose]();
  };
  return { kernel, log, watch, [Symbol.asyncDispose]: close };
}

test("watchOom() counts what the kernel has killed", async () => {
  await using bench = await open(unified);
  assert.equal(bench.watch?.kills, 0);
  await bench.kernel.write(events(2));
  assert.equal(bench.watch?.kills, 2);
});

test("watchOom() keeps the count when the group is gone", async () => {
  await using bench = await open({ ...unified, ...events(1) });
  await rm(bench.kernel.folder.at("cg/c"), { recursive: true });
  assert.equal(bench.watch?.kills, 1);
});

test("watchOom() sees a kill of which nobody asks before the group is gone", async () => {
  await using bench = await open(unified);
  const path = bench.kernel.folder.at("cg/c/memory.events");
  const seen = Promise.withResolvers<void>();
  using _other = disposing(watch(path, () => seen.resolve()));
  // In place, as the kernel does: the file is never empty.
  const file = await openFile(path, "r+");
  await file.write(events(1)["cg/c/memory.events"]);
  await file.close();
  await seen.promise;
  // Which of two watches hears first is the system's choice.
  await sleep(systemClock, 200);
  await rm(bench.kernel.folder.at("cg/c"), { recursive: true });
  assert.equal(bench.watch?.kills, 1);
});

function disposing(watcher: { close(): void }): Disposable {
  return { [Symbol.dispose]: () => watcher.close() };
}

for (const [title, files] of [
  ["that has ended", { "proc/self/mountinfo": mountsV2 }],
  [
    "whose memory is controlled by version 1",
    { "proc/self/mountinfo": mountsV1, "proc/7/cgroup": "1:memory:/c\n0::/c\n" },
  ],
  ["whose hierarchy is mounted nowhere", { "proc/self/mountinfo": "", "proc/7/cgroup": "0::/c\n" }],
] as const) {
  test(`watchOom() does not watch a container ${title}`, async () => {
    await using bench = await open(files);
    assert.equal(bench.watch, undefined);
    assert.deepEqual(bench.log.lines, []);
  });
}

test("watchOom() does not watch a process that is not known here", () => {
  assert.equal(watchOom(undefined, new RecordingLog()), undefined);
});

test("watchOom() says that a group without controller of memory cannot be watched", async () => {
  await using bench = await open({ "proc/self/mountinfo": mountsV2, "proc/7/cgroup": "0::/c\n" });
  assert.equal(bench.watch, undefined);
  assert.deepEqual(bench.log.messages("info"), ["it will not be seen whether the container is out of memory"]);
});
