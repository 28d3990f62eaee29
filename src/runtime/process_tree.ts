import process from "node:process";
import { listProcesses } from "./process_list.ts";
import { readProcessStart } from "./process_start.ts";

/** A process that is named for good: see {@link readProcessStart}. */
export interface NamedProcess {
  pid: number;
  startTime: string;
}

/**
 * Kills a process and all that it has started. Each is stopped before its children are looked for, so that none starts
 * another meanwhile. Throws the system's error, e.g. EPERM.
 */
export function killProcessTree(root: NamedProcess): void {
  const found = new Map<number, NamedProcess>([[root.pid, root]]);
  signal(root, "SIGSTOP");
  for (;;) {
    const children = listProcesses().filter(({ pid, parent }) => isChild(parent, found) && !found.has(pid));
    if (children.length === 0) break;
    for (const child of children) {
      found.set(child.pid, child);
      signal(child, "SIGSTOP");
    }
  }
  for (const one of found.values()) signal(one, "SIGKILL");
}

/** One whose pid has been given away has no children of ours. */
function isChild(parent: number, found: ReadonlyMap<number, NamedProcess>): boolean {
  const known = found.get(parent);
  return known !== undefined && readProcessStart(known.pid) === known.startTime;
}

/** One that has ended before is fine; one that has the pid now is another. */
function signal({ pid, startTime }: NamedProcess, name: "SIGSTOP" | "SIGKILL"): void {
  if (readProcessStart(pid) !== startTime) return;
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
