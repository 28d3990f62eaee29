import { type CgroupPaths, type KernelView, readCgroupPaths } from "../../runtime/cgroup_place.ts";

/** The control group that the agent made for this executor alone (contract C.6), and what is had by being in it. */
export interface OwnCgroup {
  kind: "own";
  /** As the daemon is told it, e.g. `/mesos/4f6b…`. */
  path: string;
  /**
   * Hierarchies in which the agent keeps it: whatever is in its `freezer` ends with the executor, and what is in its
   * `memory` and `cpu` is counted and limited as the executor's.
   */
  controllers: readonly string[];
}

/** Why there is none that containers could be put into. */
export interface NoOwnCgroup {
  kind: "none";
  why: string;
}

/** What an agent destroys an executor by, and what it counts. */
const wanted = ["freezer", "memory", "cpu"] as const;

/**
 * Looks for the executor's own control group of version 1: one whose name ends with Mesos' container id, so that nothing
 * else is in it. With version 2 there is none for us: an agent takes every directory in its tree for a container, and may not
 * come up again while it finds one that it has not made (contract 0.2, trap 4).
 */
export function findOwnCgroup(containerId: string, view: KernelView = {}): OwnCgroup | NoOwnCgroup {
  const paths = readCgroupPaths("self", view);
  if (!paths) return { kind: "none", why: "the kernel does not tell which control groups this process is in" };
  return chooseOwn(paths, containerId);
}

function chooseOwn(paths: CgroupPaths, containerId: string): OwnCgroup | NoOwnCgroup {
  const isOwn = (path: string | undefined) => containerId !== "" && (path?.endsWith(`/${containerId}`) ?? false);
  const controllers = wanted.filter((name) => isOwn(paths.v1.get(name)));
  const found = new Set(controllers.map((name) => paths.v1.get(name)));
  const [path] = found;
  if (path !== undefined) {
    // The daemon takes one path for all hierarchies.
    return found.size === 1
      ? { kind: "own", path, controllers }
      : { kind: "none", why: "the executor's control groups differ from hierarchy to hierarchy" };
  }
  if (isOwn(paths.v2)) return { kind: "none", why: "the agent uses control groups of version 2" };
  return { kind: "none", why: "the agent has not given the executor a control group of its own" };
}
