import { rmdir } from "node:fs/promises";
import { findCgroupFolders, type KernelView, readCgroupPaths } from "../../runtime/cgroup_place.ts";

/** Hierarchies in which the daemon makes a parent that was not there, and never removes it. */
const otherControllers = [
  "blkio",
  "cpu",
  "cpuacct",
  "cpuset",
  "devices",
  "freezer",
  "hugetlb",
  "memory",
  "misc",
  "name=systemd",
  "net_cls",
  "net_prio",
  "perf_event",
  "pids",
  "rdma",
] as const;

/**
 * Removes what the daemon has left of a parent in the hierarchies that the agent does not keep it in: only directories in which
 * no container is. Those that the agent made are the agent's to remove.
 */
export async function removeEmptyParents(parent: string, view: KernelView = {}): Promise<void> {
  const own = readCgroupPaths("self", view);
  const foreign = otherControllers.filter((name) => own?.v1.get(name) !== parent);
  // Where both versions are mounted, the daemon makes it in the unified hierarchy too.
  const { v1, v2 } = findCgroupFolders({ v1: new Map(foreign.map((name) => [name, parent])), v2: parent }, view);
  await Promise.all([...v1.values(), ...(v2 === undefined ? [] : [v2])].map(removeIfEmpty));
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Not there, still in use, or on a kernel that is not ours to tidy up.
    if (!["ENOENT", "EBUSY", "ENOTEMPTY", "EACCES", "EPERM", "EROFS"].includes(code ?? "")) throw error;
  }
}
