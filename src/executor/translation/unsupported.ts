import type { TaskInfo } from "../../mesos/protocol.ts";
import { TaskError } from "../task/task_error.ts";

/** Keys of TaskInfo.limits that there are (contract C.5). */
const knownLimits = new Set(["cpus", "mem"]);

/** Throws {@link TaskError} that names every field of the task that would otherwise be dropped in silence. */
export function refuseUnsupported(task: TaskInfo): void {
  const limits = Object.keys(task.limits).filter((name) => !knownLimits.has(name));
  const faults = limits.map((name) => `limits.${name} (only cpus and mem have limits)`);
  if (faults.length > 0) throw new TaskError("unsupported", `Cannot honour TaskInfo fields: ${faults.join(", ")}`);
}
