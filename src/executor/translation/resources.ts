import type { TaskInfo } from "../../mesos/protocol.ts";
import type { ResourceLimits } from "../task_spec.ts";

const sharesPerCpu = 1024;
const minShares = 2;
const periodUs = 100_000;
const minQuotaUs = 1000;
const mebibyte = 2 ** 20;
const minMemoryBytes = 32 * mebibyte;

/** Sum of the task's own scalar resources of that name; `undefined` when it has none (contract B.1: task only). */
export function sumScalars(task: TaskInfo, name: string): number | undefined {
  const amounts = task.resources
    .filter((resource) => resource.name === name)
    .map((resource) => resource.scalar?.value ?? 0);
  return amounts.length === 0 ? undefined : amounts.reduce((sum, amount) => sum + amount, 0);
}

/** Limits of the container as the stock executor sets them (contract B.1). `hostMemoryBytes` is all of the host's. */
export function toResourceLimits(task: TaskInfo, hostMemoryBytes: number): ResourceLimits {
  return { ...toCpuLimits(task), ...toMemoryLimits(task, hostMemoryBytes) };
}

function toCpuLimits(task: TaskInfo): ResourceLimits {
  const request = sumScalars(task, "cpus");
  const limit = task.limits.cpus?.value ?? Number.POSITIVE_INFINITY;
  return {
    ...(request === undefined ? {} : { cpuShares: Math.max(minShares, Math.trunc(sharesPerCpu * request)) }),
    ...(Number.isFinite(limit) ? { cpuQuota: Math.max(minQuotaUs, Math.trunc(periodUs * limit)) } : {}),
  };
}

function toMemoryLimits(task: TaskInfo, hostMemoryBytes: number): ResourceLimits {
  const requestMb = sumScalars(task, "mem");
  const limitMb = task.limits.mem?.value;
  if (limitMb === undefined) return requestMb === undefined ? {} : { memoryBytes: toMemoryBytes(requestMb) };
  const hard = Number.isFinite(limitMb) ? { memoryBytes: toMemoryBytes(limitMb) } : {};
  if (requestMb === undefined) return hard;
  const soft = { ...hard, memoryReservationBytes: toMemoryBytes(requestMb) };
  if (requestMb >= limitMb) return soft;
  return { ...soft, oomScoreAdj: 1000 - Math.floor((1000 * requestMb * mebibyte) / hostMemoryBytes) };
}

function toMemoryBytes(megabytes: number): number {
  return Math.max(minMemoryBytes, Math.trunc(megabytes * mebibyte));
}
