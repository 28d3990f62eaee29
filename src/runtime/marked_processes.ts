import { readFileSync } from "node:fs";
import process from "node:process";
import { listPids } from "./process_list.ts";

/** Looks for further ones: one may have been started between a look and the kill of its parent. */
const mostLooks = 10;

/**
 * Kills every process of this host that was started with a variable, `NAME=value`, in its environment, and gives how many
 * there were. Those of other users are seen by root alone.
 */
export function killMarked(mark: string): number {
  const killed = new Set<number>();
  for (let look = 0; look < mostLooks; look++) {
    // One that was killed is seen until the kernel has taken it apart.
    const pids = findMarked(mark).filter((pid) => !killed.has(pid));
    if (pids.length === 0) break;
    for (const pid of pids) if (kill(pid)) killed.add(pid);
  }
  return killed.size;
}

/** Pids of the processes that were started with that variable. */
export function findMarked(mark: string): number[] {
  return listPids().filter((pid) => readEnvironment(pid).split("\0").includes(mark));
}

/** The environment that a process was started with; empty for one that has ended, and for a zombie. */
export function readEnvironment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch (error) {
    // It has ended, is a zombie, or is not ours to look at.
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
