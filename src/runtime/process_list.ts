import { readdirSync, readFileSync } from "node:fs";

/** A process as /proc lists it. */
export interface ListedProcess {
  pid: number;
  parent: number;
  /** See `readProcessStart`. */
  startTime: string;
}

/** All processes of this host that can be seen from here; one that ends meanwhile may be missing. */
export function listProcesses(): ListedProcess[] {
  return listPids().flatMap(readProcess);
}

/** The pids of all processes of this host that can be seen from here. */
export function listPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function readProcess(pid: number): ListedProcess[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command in parentheses may hold spaces and parentheses: fields are counted from behind the last one.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [{ pid, parent: Number(fields[1]), startTime: fields[19] ?? "" }];
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
