import type { ExecutorInfo, TaskInfo } from "../../mesos/protocol.ts";
import { TaskError } from "../task/task_error.ts";
import type { ResourceAmounts } from "../task/task_spec.ts";
import type { ContainerDraft } from "./container_draft.ts";

const sharesPerCpu = 1024;
const minShares = 2;
const periodUs = 100_000;
const minQuotaUs = 1000;
const mebibyte = 2 ** 20;
const minMemoryBytes = 32 * mebibyte;

/** Sum of a task's own scalar resources of that name, or an executor's; `undefined` when it has none (contract B.1: task only). */
export function sumScalars({ resources }: Pick<TaskInfo, "resources">, name: string): number | undefined {
  const amounts = resources
    .filter((resource) => resource.name === name && !isSetApart(resource))
    .map((resource) => resource.scalar?.value ?? 0);
  return amounts.length === 0 ? undefined : amounts.reduce((sum, amount) => sum + amount, 0);
}

/** A disk that is a volume or a device of its own is no part of the sandbox' quota. */
function isSetApart({ disk }: TaskInfo["resources"][number]): boolean {
  return disk?.persistence !== undefined || disk?.source !== undefined;
}

/** Limits of the container as the stock executor sets them, and GPUs (contract B.1). `hostMemoryBytes` is all of the host's. */
export function draftResources(task: TaskInfo, draft: ContainerDraft, hostMemoryBytes: number): void {
  draftCpus(task, draft);
  draftMemory(task, draft, hostMemoryBytes);
  draftGpus(task, draft);
}

/** What is reported, or watched by us; memory as the container has it in the end. */
export function toAmounts(task: TaskInfo, executor: ExecutorInfo, draft: ContainerDraft): ResourceAmounts {
  const memoryBytes = draft.host.get("Memory");
  const diskMb = sumScalars(task, "disk");
  const executorDiskMb = sumScalars(executor, "disk");
  return {
    ...(memoryBytes ? { memoryMb: memoryBytes / mebibyte } : {}),
    ...(diskMb ? { diskMb, ...(executorDiskMb ? { executorDiskMb } : {}) } : {}),
  };
}

function draftCpus(task: TaskInfo, { host }: ContainerDraft): void {
  const request = sumScalars(task, "cpus");
  const limit = task.limits.cpus?.value ?? Number.POSITIVE_INFINITY;
  if (request !== undefined) {
    host.set("CpuShares", Math.max(minShares, Math.trunc(sharesPerCpu * request)), "resources.cpus");
  }
  if (Number.isFinite(limit)) host.set("CpuQuota", Math.max(minQuotaUs, Math.trunc(periodUs * limit)), "limits.cpus");
}

function draftMemory(task: TaskInfo, { host }: ContainerDraft, hostMemoryBytes: number): void {
  const requestMb = sumScalars(task, "mem");
  const limitMb = task.limits.mem?.value;
  if (limitMb === undefined) {
    if (requestMb !== undefined) host.set("Memory", toMemoryBytes(requestMb), "resources.mem");
    return;
  }
  if (Number.isFinite(limitMb)) host.set("Memory", toMemoryBytes(limitMb), "limits.mem");
  if (requestMb === undefined) return;
  host.set("MemoryReservation", toMemoryBytes(requestMb), "resources.mem");
  if (requestMb >= limitMb) return;
  const score = 1000 - Math.floor((1000 * requestMb * mebibyte) / hostMemoryBytes);
  host.set("OomScoreAdj", score, "resources.mem below limits.mem");
}

/** As `docker run --gpus N` asks for them; the daemon chooses which. */
function draftGpus(task: TaskInfo, { host }: ContainerDraft): void {
  const count = sumScalars(task, "gpus");
  if (count === undefined || count === 0) return;
  if (!Number.isInteger(count)) {
    throw new TaskError("invalid", `Cannot use resources.gpus: ${count} is no whole number`);
  }
  host.add("DeviceRequests", [{ Driver: "", Count: count, Capabilities: [["gpu"]] }], "resources.gpus");
}

function toMemoryBytes(megabytes: number): number {
  return Math.max(minMemoryBytes, Math.trunc(megabytes * mebibyte));
}
