import type { TaskSpec } from "../../../../src/executor/task/task_spec.ts";
import { formatDocument } from "../../../../src/executor/translation/document.ts";
import { Volume_Mode } from "../../../../src/mesos/protocol.ts";
import { type Plain, ports, type ResourceInit, scalar, type TaskInit } from "../../task_specimen.ts";
import { type Behaviours, plain, withResources } from "./tables.ts";
import { ofVariables } from "./variable_behaviours.ts";

const { RO, RW } = Volume_Mode;

const commanded = (command: Plain<TaskInit["command"]>): TaskInit => ({ ...plain, command });
const host = (spec: TaskSpec) => spec.container.HostConfig ?? {};
const variable = (name: string) => (spec: TaskSpec) => spec.container.Env?.filter((one) => one.startsWith(`${name}=`));
const offering = (begin: number, end: number): TaskInit => ({ resources: [ports([begin, end])] });
const disk = (init: ResourceInit["disk"]): TaskInit =>
  withResources({ ...scalar("disk", 100), ...(init ? { disk: init } : {}) });
const persistence = { id: "p1" };

const ofTask: Behaviours = {
  "task_id.value": {
    task: { ...plain, taskId: { value: "other" } },
    read: (spec) => spec.taskId,
    expected: "other",
  },
  "resources.name": {
    task: withResources(scalar("cpus", 1)),
    without: { task: withResources(scalar("other", 1)) },
    read: (spec) => host(spec).CpuShares,
    expected: 1024,
  },
  "resources.scalar.value": {
    task: withResources(scalar("cpus", 1)),
    without: { task: withResources(scalar("cpus", 2)) },
    read: (spec) => host(spec).CpuShares,
    expected: 1024,
  },
  "resources.ranges.range.begin": {
    task: offering(31_000, 31_001),
    without: { task: offering(31_001, 31_001) },
    surroundings: { argv: ["busybox"] },
    read: (spec) => spec.portsForExposed,
    expected: [31_000, 31_001],
  },
  "resources.ranges.range.end": {
    task: offering(31_000, 31_001),
    without: { task: offering(31_000, 31_000) },
    surroundings: { argv: ["busybox"] },
    read: (spec) => spec.portsForExposed,
    expected: [31_000, 31_001],
  },
  "resources.allocation_info.role": {
    task: withResources(scalar("cpus", 1, "web")),
    read: variable("MESOS_ALLOCATION_ROLE"),
    expected: ["MESOS_ALLOCATION_ROLE=web"],
  },
  "resources.disk.persistence.id": {
    task: disk({ persistence, volume: { mode: RW, containerPath: "data" } }),
    without: { task: disk({ volume: { mode: RW, containerPath: "data" } }) },
    read: (spec) => [spec.mounts[0]?.target, spec.amounts.diskMb],
    expected: ["/mnt/mesos/sandbox/data", undefined],
  },
  "resources.disk.volume.mode": {
    task: disk({ persistence, volume: { mode: RO, containerPath: "data" } }),
    without: { task: disk({ persistence, volume: { mode: RW, containerPath: "data" } }) },
    read: (spec) => spec.mounts[0]?.mode,
    expected: "ro",
  },
  "resources.disk.volume.container_path": {
    task: disk({ persistence, volume: { mode: RW, containerPath: "data" } }),
    without: { task: disk({ persistence, volume: { mode: RW, containerPath: "other" } }) },
    read: (spec) => spec.mounts[0]?.target,
    expected: "/mnt/mesos/sandbox/data",
  },
  "resources.disk.source.type": {
    task: disk({ source: { type: 2 } }),
    without: { task: disk({}) },
    read: (spec) => spec.amounts.diskMb,
    expected: undefined,
  },
  "command.shell": {
    task: commanded({ shell: true, value: "a b" }),
    without: { task: commanded({ shell: false, value: "a b" }) },
    read: (spec) => spec.container.Cmd,
    expected: ["-c", "a b"],
  },
  "command.value": {
    task: commanded({ shell: false, value: "a" }),
    without: { task: commanded({ shell: false }) },
    read: (spec) => spec.container.Cmd,
    expected: ["a"],
  },
  "command.arguments": {
    task: commanded({ shell: false, arguments: ["a"] }),
    without: { task: commanded({ shell: false }) },
    read: (spec) => spec.container.Cmd,
    expected: ["a"],
  },
  "command.user": {
    task: commanded({ shell: false, user: "nobody" }),
    read: (spec) => spec.container.User,
    expected: "nobody",
  },
  "kill_policy.grace_period.nanoseconds": {
    task: { ...plain, killPolicy: { gracePeriod: { nanoseconds: 1_500_000_000n } } },
    read: (spec) => spec.killGraceMs,
    expected: 1500,
  },
  "max_completion_time.nanoseconds": {
    task: { ...plain, maxCompletionTime: { nanoseconds: 2_500_000_000n } },
    read: (spec) => spec.maxCompletionMs,
    expected: 2500,
  },
  data: {
    task: { ...plain, data: formatDocument({ workdir: "/w" }) },
    read: (spec) => spec.container.WorkingDir,
    expected: "/w",
  },
  "labels.labels.key": {
    task: { ...plain, labels: { labels: [{ key: "k", value: "v" }] } },
    read: (spec) => spec.container.Labels,
    expected: { k: "v" },
  },
  "labels.labels.value": {
    task: { ...plain, labels: { labels: [{ key: "k", value: "v" }] } },
    without: { task: { ...plain, labels: { labels: [{ key: "k" }] } } },
    read: (spec) => spec.container.Labels,
    expected: { k: "v" },
  },
  "limits.value": {
    task: { ...plain, limits: { cpus: { value: 1 } } },
    read: (spec) => host(spec).CpuQuota,
    expected: 100_000,
  },
};

const ofExecutor: Behaviours = {
  "ExecutorInfo.data": {
    task: plain,
    executor: { data: formatDocument({ workdir: "/w" }) as Uint8Array<ArrayBuffer> },
    read: (spec) => spec.container.WorkingDir,
    expected: "/w",
  },
};

/** What fields of TaskInfo do, but for its container without its volumes. */
export const taskBehaviours: Behaviours = {
  ...ofTask,
  ...ofVariables("command.environment.variables", (one) => ({
    task: commanded({ shell: false, environment: { variables: [one] } }),
  })),
  ...ofVariables("ExecutorInfo.command.environment.variables", (one) => ({
    task: plain,
    executor: { command: { environment: { variables: [one] } } },
  })),
  ...ofExecutor,
};
