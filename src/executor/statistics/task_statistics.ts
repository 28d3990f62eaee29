import { join } from "node:path";
import { findCgroupFolders, type KernelView, readCgroupPaths, readIfThere } from "../../runtime/cgroup_place.ts";
import { readCgroupV1 } from "./cgroup_v1.ts";
import { readCgroupV2 } from "./cgroup_v2.ts";
import { readNetwork } from "./network.ts";
import type { ResourceStatistics } from "./resource_statistics.ts";

/** Where and when statistics are read. */
export interface StatisticsView extends KernelView {
  /** Milliseconds since the epoch. */
  nowMs: number;
  /** Whether the container shares the host's network, whose figures are not its own. */
  network: "own" | "host";
}

/**
 * What the container of a first process uses, straight from the kernel; nobody else is asked. `undefined` when the process
 * has ended. A host whose controllers are shared out between both versions is read from both.
 */
export function readTaskStatistics(pid: number, view: StatisticsView): ResourceStatistics | undefined {
  const paths = readCgroupPaths(pid, view);
  if (!paths) return undefined;
  const folders = findCgroupFolders(paths, view);
  const network = readIfThere(join(view.proc ?? "/proc", String(pid), "net", "dev"));
  return {
    timestamp: view.nowMs / 1000,
    ...(folders.v2 === undefined ? {} : readCgroupV2(folders.v2)),
    ...readCgroupV1(folders.v1),
    ...(view.network === "host" ? {} : readNetwork(network ?? "")),
  };
}
