import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResourceLimits } from "../../../src/executor/task_spec.ts";
import { sumScalars, toResourceLimits } from "../../../src/executor/translation/resources.ts";
import { createTask, scalar, type TaskInit } from "../task_specimen.ts";

const mebibyte = 2 ** 20;
const hostMemoryBytes = 16 * 1024 * mebibyte;
const infinite = { value: Number.POSITIVE_INFINITY };

const table: readonly { title: string; task: TaskInit; limits: ResourceLimits }[] = [
  { title: "nothing to no limit", task: {}, limits: {} },
  {
    title: "cpus and mem to shares and a hard limit",
    task: { resources: [scalar("cpus", 0.5), scalar("mem", 128)] },
    limits: { cpuShares: 512, memoryBytes: 134_217_728 },
  },
  {
    title: "amounts below the minimums to the minimums",
    task: { resources: [scalar("cpus", 0.001), scalar("mem", 4)] },
    limits: { cpuShares: 2, memoryBytes: 33_554_432 },
  },
  {
    title: "the sum of several resources of a name",
    task: { resources: [scalar("cpus", 1), scalar("mem", 64), scalar("cpus", 0.25), scalar("mem", 64)] },
    limits: { cpuShares: 1280, memoryBytes: 134_217_728 },
  },
  { title: "shares without their fraction", task: { resources: [scalar("cpus", 0.1)] }, limits: { cpuShares: 102 } },
  {
    title: "finite limits to quota, hard and soft limit and score",
    task: {
      resources: [scalar("cpus", 0.5), scalar("mem", 128)],
      limits: { cpus: { value: 2 }, mem: { value: 256 } },
    },
    limits: {
      cpuShares: 512,
      cpuQuota: 200_000,
      memoryBytes: 268_435_456,
      memoryReservationBytes: 134_217_728,
      oomScoreAdj: 993,
    },
  },
  {
    title: "infinite limits to neither quota nor hard limit",
    task: { resources: [scalar("cpus", 0.5), scalar("mem", 128)], limits: { cpus: infinite, mem: infinite } },
    limits: { cpuShares: 512, memoryReservationBytes: 134_217_728, oomScoreAdj: 993 },
  },
  {
    title: "a memory limit that is the request to no score",
    task: { resources: [scalar("mem", 128)], limits: { mem: { value: 128 } } },
    limits: { memoryBytes: 134_217_728, memoryReservationBytes: 134_217_728 },
  },
  {
    title: "limits below the minimums to the minimums",
    task: { limits: { cpus: { value: 0.001 }, mem: { value: 1 } } },
    limits: { cpuQuota: 1000, memoryBytes: 33_554_432 },
  },
  {
    title: "a part of a byte to none",
    task: { resources: [scalar("mem", 33.000_000_1)] },
    limits: { memoryBytes: 34_603_008 },
  },
  {
    title: "a quota without its fraction",
    task: { limits: { cpus: { value: 0.333_333 } } },
    limits: { cpuQuota: 33_333 },
  },
];

for (const { title, task, limits } of table) {
  test(`toResourceLimits() turns ${title}`, () => {
    assert.deepEqual(toResourceLimits(createTask(task), hostMemoryBytes), limits);
  });
}

test("toResourceLimits() counts the task's own resources alone, not its executor's", () => {
  const task = createTask({
    resources: [scalar("cpus", 1)],
    executor: { executorId: { value: "e" }, resources: [scalar("cpus", 4), scalar("mem", 64)] },
  });
  assert.deepEqual(toResourceLimits(task, hostMemoryBytes), { cpuShares: 1024 });
});

test("sumScalars() tells nothing from zero", () => {
  assert.equal(sumScalars(createTask(), "cpus"), undefined);
  assert.equal(sumScalars(createTask({ resources: [scalar("cpus", 0)] }), "cpus"), 0);
});
