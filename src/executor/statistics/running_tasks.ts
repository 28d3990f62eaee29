import type { TaskState } from "../task/task_state.ts";
import type { TaskView } from "../task_view.ts";
import type { ResourceStatistics } from "./resource_statistics.ts";
import { readTaskStatistics } from "./task_statistics.ts";

/** What each task uses whose container runs here. A container that is not known here, or ends meanwhile, is left out. */
export function measureRunning({ tasks, workOf }: TaskView, nowMs: number): Map<string, ResourceStatistics> {
  const found = new Map<string, ResourceStatistics>();
  for (const [taskId, state] of tasks()) {
    const first = isRunning(state) ? workOf(taskId)?.process : undefined;
    const statistics = first && measureTask(state, first.pid, nowMs);
    if (statistics) found.set(taskId, statistics);
  }
  return found;
}

/** What one task uses; `undefined` when the process has ended. */
export function measureTask({ spec }: TaskState, pid: number, nowMs: number): ResourceStatistics | undefined {
  const network = spec.container.HostConfig?.NetworkMode === "host" ? "host" : "own";
  return readTaskStatistics(pid, { nowMs, network });
}

function isRunning({ phase }: TaskState): boolean {
  return phase.kind === "running" || phase.kind === "stopping";
}
