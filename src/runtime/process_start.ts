import { readFileSync } from "node:fs";

/**
 * Start of a process in clock ticks since boot: field 22 of /proc/PID/stat (proc(5)). Pid and start time together name
 * a process for good, a pid alone is used again. `undefined` when there is no such process.
 */
export function readProcessStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command in parentheses may hold spaces and parentheses: fields are counted from behind the last one.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
