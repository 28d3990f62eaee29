import type { Engine } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { TaskSpec } from "../task/task_spec.ts";
import type { Stop } from "../task/task_state.ts";
import { watchDisk } from "./watch.ts";

/** What watching a task's disk takes. */
export interface TaskDiskOptions {
  engine: Engine;
  spec: TaskSpec;
  /** How the task's part of the sandbox is measured, in bytes; absent when nobody watches it. */
  disk?: { intervalMs: number; measureSandbox: () => Promise<number> };
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/**
 * Resolves with the end of a task that has used more disk than it has, and never for one whose disk is not limited. Rejects with
 * the signal's reason.
 */
export async function watchTaskDisk(containerId: string, options: TaskDiskOptions): Promise<Stop> {
  const { engine, clock, spec, disk, signal } = options;
  const { diskMb } = spec.amounts;
  if (!disk || !diskMb) return await new Promise(() => undefined);
  const measureContainer = async () => (await engine.containerSize(containerId, { signal }))?.writableBytes;
  const usedBytes = await watchDisk({ ...options, ...disk, quotaBytes: diskMb * 2 ** 20, measureContainer });
  return { reason: "disk_limit", graceMs: 0, deadline: clock.now(), usedBytes };
}
