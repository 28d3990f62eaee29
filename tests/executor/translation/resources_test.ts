import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerLimits } from "../../../src/docker/mod.ts";
import type { ResourceAmounts } from "../../../src/executor/task/task_spec.ts";
import { sumScalars } from "../../../src/executor/translation/resources.ts";
import { Value_Type, Volume_Mode } from "../../../src/mesos/protocol.ts";
import { createTask, type ResourceInit, scalar, type TaskInit } from "../task_specimen.ts";
import { assertRefused, docker, readHost, type Surroundings, translate } from "./translation_specimen.ts";

const infinite = { value: Number.POSITIVE_INFINITY };

const table: readonly { title: string; task: TaskInit; limits: ContainerLimits }[] = [
  { title: "nothing to no limit", task: {}, limits: {} },
  {
    title: "cpus and mem to shares and a hard limit (case 10)",
    task: { resources: [scalar("cpus", 0.5), scalar("mem", 128)] },
    limits: { CpuShares: 512, Memory: 134_217_728 },
  },
  {
    title: "amounts below the minimums to the minimums (case 16)",
    task: { resources: [scalar("cpus", 0.001), scalar("mem", 4)] },
    limits: { CpuShares: 2, Memory: 33_554_432 },
  },
  {
    title: "amounts of zero to the minimums",
    task: { resources: [scalar("cpus", 0), scalar("mem", 0)] },
    limits: { CpuShares: 2, Memory: 33_554_432 },
  },
  {
    title: "the sum of several resources of a name",
    task: { resources: [scalar("cpus", 1), scalar("mem", 64), scalar("cpus", 0.25), scalar("mem", 64)] },
    limits: { CpuShares: 1280, Memory: 134_217_728 },
  },
  { title: "shares without their fraction", task: { resources: [scalar("cpus", 0.1)] }, limits: { CpuShares: 102 } },
  {
    title: "finite limits to quota, hard and soft limit and score (case 17)",
    task: {
      resources: [scalar("cpus", 0.5), scalar("mem", 128)],
      limits: { cpus: { value: 2 }, mem: { value: 256 } },
    },
    limits: {
      CpuShares: 512,
      CpuQuota: 200_000,
      Memory: 268_435_456,
      MemoryReservation: 134_217_728,
      OomScoreAdj: 993,
    },
  },
  {
    title: "infinite limits to neither quota nor hard limit (case 18)",
    task: { resources: [scalar("cpus", 0.5), scalar("mem", 128)], limits: { cpus: infinite, mem: infinite } },
    limits: { CpuShares: 512, MemoryReservation: 134_217_728, OomScoreAdj: 993 },
  },
  {
    title: "a memory limit that is the request to no score",
    task: { resources: [scalar("mem", 128)], limits: { mem: { value: 128 } } },
    limits: { Memory: 134_217_728, MemoryReservation: 134_217_728 },
  },
  {
    title: "a memory limit without a request to a hard limit alone",
    task: { limits: { mem: { value: 128 } } },
    limits: { Memory: 134_217_728 },
  },
  {
    title: "limits below the minimums to the minimums",
    task: { limits: { cpus: { value: 0.001 }, mem: { value: 1 } } },
    limits: { CpuQuota: 1000, Memory: 33_554_432 },
  },
  {
    title: "a part of a byte to none",
    task: { resources: [scalar("mem", 33.000_000_1)] },
    limits: { Memory: 34_603_008 },
  },
  {
    title: "a quota without its fraction",
    task: { limits: { cpus: { value: 0.333_333 } } },
    limits: { CpuQuota: 33_333 },
  },
  {
    title: "the task's own resources alone, not its executor's,",
    task: {
      resources: [scalar("cpus", 1)],
      executor: { executorId: { value: "e" }, resources: [scalar("cpus", 4), scalar("mem", 64)] },
    },
    limits: { CpuShares: 1024 },
  },
  {
    title: "GPUs to a request for that many",
    task: { resources: [scalar("gpus", 1), scalar("gpus", 2)] },
    limits: { DeviceRequests: [{ Driver: "", Count: 3, Capabilities: [["gpu"]] }] },
  },
  { title: "no GPUs to no request", task: { resources: [scalar("gpus", 0)] }, limits: {} },
  {
    title: "resources of other names to nothing, as what is only counted",
    task: { resources: [scalar("bandwidth", 7), { name: "tags", type: Value_Type.SET, set: { item: ["a"] } }] },
    limits: {},
  },
];

for (const { title, task, limits } of table) {
  test(`toTaskSpec() turns ${title} into limits`, () => {
    const { NetworkMode: _mode, Binds: _binds, Mounts: _mounts, ...host } = readHost({ container: docker, ...task });
    assert.deepEqual(host, limits);
  });
}

test("toTaskSpec() refuses a part of a GPU, which Docker cannot give", () => {
  assertRefused(
    { container: docker, resources: [scalar("gpus", 0.5)] },
    { code: "invalid", message: "Cannot use resources.gpus: 0.5 is no whole number" },
  );
});

test("toTaskSpec() refuses limits of anything but cpus and mem, all at once", () => {
  assertRefused(
    { container: docker, limits: { cpus: { value: 1 }, gpus: { value: 1 }, disk: infinite } },
    {
      code: "unsupported",
      message:
        "Cannot honour TaskInfo fields: limits.gpus (only cpus and mem have limits), " +
        "limits.disk (only cpus and mem have limits)",
    },
  );
});

const disk = (init: ResourceInit["disk"]): ResourceInit => ({
  ...scalar("disk", 100),
  ...(init ? { disk: init } : {}),
});
const volume = { mode: Volume_Mode.RW, containerPath: "data" };

const amounts: readonly {
  title: string;
  task: TaskInit;
  surroundings?: Surroundings;
  amounts: ResourceAmounts;
}[] = [
  { title: "nothing", task: {}, amounts: {} },
  { title: "the hard limit of memory", task: { resources: [scalar("mem", 128)] }, amounts: { memoryMb: 128 } },
  { title: "the least memory that there is", task: { resources: [scalar("mem", 4)] }, amounts: { memoryMb: 32 } },
  {
    title: "the limit, not the request",
    task: { resources: [scalar("mem", 128)], limits: { mem: { value: 256 } } },
    amounts: { memoryMb: 256 },
  },
  {
    title: "no memory when it is not limited",
    task: { resources: [scalar("mem", 128)], limits: { mem: infinite } },
    amounts: {},
  },
  {
    title: "memory as a parameter says it",
    task: { container: { docker: { image: "busybox", parameters: [{ key: "memory", value: "64m" }] } } },
    amounts: { memoryMb: 64 },
  },
  {
    title: "the executor's disk beside the task's",
    task: { resources: [scalar("disk", 10)] },
    surroundings: { executor: { resources: [scalar("disk", 32)] } },
    amounts: { diskMb: 10, executorDiskMb: 32 },
  },
  {
    title: "the sum of disks",
    task: { resources: [scalar("disk", 10), scalar("disk", 5.5)] },
    amounts: { diskMb: 15.5 },
  },
  { title: "no disk when that is zero", task: { resources: [scalar("disk", 0)] }, amounts: {} },
  {
    title: "no disk that is a volume of its own",
    task: { resources: [scalar("disk", 10), disk({ persistence: { id: "p" }, volume })] },
    amounts: { diskMb: 10 },
  },
  {
    title: "no disk that is a device of its own",
    task: { resources: [disk({ source: { type: 2, mount: { root: "/mnt/d" } } })] },
    amounts: {},
  },
];

for (const { title, task, surroundings, amounts: expected } of amounts) {
  test(`toTaskSpec() tells amounts for reports: ${title}`, () => {
    assert.deepEqual(translate({ container: docker, ...task }, surroundings).amounts, expected);
  });
}

test("sumScalars() tells nothing from zero", () => {
  assert.equal(sumScalars(createTask(), "cpus"), undefined);
  assert.equal(sumScalars(createTask({ resources: [scalar("cpus", 0)] }), "cpus"), 0);
});
