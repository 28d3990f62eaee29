import { readFileSync } from "node:fs";

/**
 * Start of a process in clock ticks since boot: field 22 of /proc/PID/stat (proc(5)). Pid and start time together name
 * a process for good, a pid alone is used again. `undefined` when there is no such process.
 */
export function readProcessStart(pid: number): string | undefined {
  return readFields(pid)?.[19];
}

/** Whether a process is there and runs: one that has ended and waits for its parent to look does not. */
export function isProcessRunning(pid: number, startTime: string): boolean {
  const fields = readFields(pid);
  return fields !== undefined && fields[19] === startTime && fields[0] !== "Z" && fields[0] !== "X";
}

/** Fields of /proc/PID/stat from the third, the state, on. */
function readFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command in parentheses may hold spaces and parentheses: fields are counted from behind the last one.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
