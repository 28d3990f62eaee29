import type { TaskInfo } from "../../mesos/protocol.ts";
import { TaskError } from "../task/task_error.ts";

/** Fields of TaskInfo that are refused by name, and why. What carriers and volumes refuse, they name themselves. */
const refused = {
  healthCheck: ["health_check", "the executor makes no checks yet"],
  check: ["check", "the executor makes no checks yet"],
} as const satisfies Partial<Record<keyof TaskInfo, readonly [string, string]>>;

/** Keys of TaskInfo.limits that there are (contract C.5). */
const knownLimits = new Set(["cpus", "mem"]);

/** Throws {@link TaskError} that names every field of the task that would otherwise be dropped in silence. */
export function refuseUnsupported(task: TaskInfo): void {
  const fields = Object.entries(refused).flatMap(([key, [name, why]]) =>
    task[key as keyof typeof refused] === undefined ? [] : [`${name} (${why})`],
  );
  const limits = Object.keys(task.limits).filter((name) => !knownLimits.has(name));
  const faults = [...fields, ...limits.map((name) => `limits.${name} (only cpus and mem have limits)`)];
  if (faults.length > 0) throw new TaskError("unsupported", `Cannot honour TaskInfo fields: ${faults.join(", ")}`);
}
