import { readFileSync } from "node:fs";
import process from "node:process";
import type { Log } from "../../runtime/log.ts";
import { listPids } from "../../runtime/process_list.ts";
import { readProcessStart } from "../../runtime/process_start.ts";
import type { NamedProcess } from "../../runtime/process_tree.ts";

/** The first process of a container, as this host knows it. */
export type ContainerProcess = NamedProcess;

/**
 * The process of that pid, when it is the container's: its cgroup bears the container's id. `undefined` when it has ended,
 * and where the daemon runs on another host, whose pids mean something else here.
 */
export function findProcess(pid: number, containerId: string): ContainerProcess | undefined {
  const startTime = pid > 0 ? readProcessStart(pid) : undefined;
  return startTime !== undefined && isInContainer(pid, containerId) ? { pid, startTime } : undefined;
}

/** All processes of a container that this host knows, the first one and others; none where the daemon runs elsewhere. */
export function findProcesses(containerId: string): ContainerProcess[] {
  return listPids().flatMap((pid) => findProcess(pid, containerId) ?? []);
}

/** Whether the process is still there; a pid is used again, so its start time is compared. */
export function isAlive({ pid, startTime }: ContainerProcess): boolean {
  return readProcessStart(pid) === startTime && !isZombie(pid);
}

/**
 * Kills a container by its first process, with which all others of it end: for a daemon that does not. `gone` when it had
 * ended before. Throws the system's error, e.g. EPERM.
 */
export function killProcess(found: ContainerProcess): "killed" | "gone" {
  if (!isAlive(found)) return "gone";
  try {
    process.kill(found.pid, "SIGKILL");
    return "killed";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return "gone";
    throw error;
  }
}

/** As {@link killProcess}, and notes in the log what came of it. */
export function tryKill(found: ContainerProcess, log: Log): "killed" | "gone" | "failed" {
  try {
    const outcome = killProcess(found);
    if (outcome === "killed") log.warn("the container was killed by its process", { pid: found.pid });
    return outcome;
  } catch (error) {
    log.error("the container's process cannot be killed", { pid: found.pid, error: String(error) });
    return "failed";
  }
}

/** One that has ended and that nobody has waited for, because its parent hangs. */
function isZombie(pid: number): boolean {
  const stat = readFile(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
}

function isInContainer(pid: number, containerId: string): boolean {
  return containerId !== "" && readFile(`/proc/${pid}/cgroup`).includes(containerId);
}

/** Empty when the process has ended. */
function readFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}
