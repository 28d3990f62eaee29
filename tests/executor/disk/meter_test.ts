import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { test } from "node:test";
import type { ResolvedTask } from "../../../src/executor/desk/task_desk.ts";
import { createDiskMeter } from "../../../src/executor/disk/meter.ts";
import { taskFolder } from "../../../src/executor/output/task_files.ts";
import { type ResourceInit, scalar } from "../task_specimen.ts";
import { openTemporaryFolder, type TemporaryFolder } from "../temporary_folder.ts";
import { docker, translate } from "../translation/translation_specimen.ts";

const megabyte = 2 ** 20;

/** A sandbox whose first task has written 1 MB, and its second 2 MB; a persistent volume has 4 MB. */
async function openSandbox(): Promise<TemporaryFolder> {
  const folder = await openTemporaryFolder();
  await mkdir(taskFolder(folder.path, "t2"), { recursive: true });
  await mkdir(folder.at("data"));
  await writeFile(folder.at("stdout"), new Uint8Array(megabyte).fill(1));
  await writeFile(`${taskFolder(folder.path, "t2")}/stdout`, new Uint8Array(2 * megabyte).fill(1));
  await writeFile(folder.at("data", "file"), new Uint8Array(4 * megabyte).fill(1));
  return folder;
}

function resolve(taskId: string, directory: string): ResolvedTask {
  const persistent: ResourceInit = {
    ...scalar("disk", 1),
    disk: { persistence: { id: "p" }, volume: { mode: 1, containerPath: "data" } },
  };
  const spec = translate({ container: docker, taskId: { value: taskId }, resources: [persistent] }, { directory });
  return { spec, name: taskId, labels: {} };
}

const toMegabytes = (bytes: number) => Math.floor(bytes / megabyte);

for (const [title, directoryOf] of [
  ["as the host names it", (folder: TemporaryFolder) => folder.path],
  ["which the host names in another way", () => "/elsewhere/sandbox"],
] as const) {
  test(`createDiskMeter() counts for each task what is its own in a sandbox ${title}`, async () => {
    await using folder = await openSandbox();
    const directory = directoryOf(folder);
    const meter = createDiskMeter(1000, { sandbox: folder.path, directory });
    assert.equal(toMegabytes(await meter.measureSandbox(resolve("t2", directory), 1)), 2);
    assert.equal(toMegabytes(await meter.measureSandbox(resolve("t1", directory), 0)), 1);
    assert.equal(meter.intervalMs, 1000);
  });
}

test("createDiskMeter() counts folders that no further task has as the first one's", async () => {
  await using folder = await openSandbox();
  const meter = createDiskMeter(1000, { sandbox: folder.path, directory: folder.path });
  assert.equal(toMegabytes(await meter.measureSandbox(resolve("t1", folder.path), 0)), 3);
});

test("createDiskMeter() leaves to the executor's own resources what they pay for", async () => {
  await using folder = await openSandbox();
  const meter = createDiskMeter(1000, { sandbox: folder.path, directory: folder.path });
  const { spec, ...named } = resolve("t1", folder.path);
  const measure = (executorDiskMb: number) =>
    meter.measureSandbox({ ...named, spec: { ...spec, amounts: { ...spec.amounts, executorDiskMb } } }, 0);
  assert.equal(toMegabytes(await measure(1)), 2);
  assert.equal(await measure(100), 0);
});
