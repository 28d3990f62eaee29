import { TaskState, type TaskStatus } from "../mesos/protocol.ts";
import { isTerminalState } from "../mesos/terminal_state.ts";

/** Whether nothing comes after this status. */
export function isTerminal(status: TaskStatus): boolean {
  return isTerminalState(status.state);
}

/** Exit code that a terminal status stands for: the container's, from label `exit_code`, else 0 or 1. */
export function toExitCode(status: TaskStatus): number {
  const label = status.labels?.labels.find(({ key }) => key === "exit_code")?.value;
  if (label !== undefined) return Number(label);
  return status.state === TaskState.TASK_FINISHED ? 0 : 1;
}

const names: ReadonlyMap<TaskState, string> = new Map(Object.entries(TaskState).map(([name, state]) => [state, name]));

/** `TASK_RUNNING` and the like. */
export function formatState(state: TaskState): string {
  return names.get(state) ?? `TaskState ${state}`;
}
