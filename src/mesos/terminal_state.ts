import { TaskState } from "./protocol.ts";

const terminalStates: ReadonlySet<TaskState> = new Set([
  TaskState.TASK_FINISHED,
  TaskState.TASK_FAILED,
  TaskState.TASK_KILLED,
  TaskState.TASK_ERROR,
  TaskState.TASK_LOST,
  TaskState.TASK_DROPPED,
  TaskState.TASK_GONE,
  TaskState.TASK_GONE_BY_OPERATOR,
]);

/** Whether a task in this state is over for good (contract A.7, C.4). */
export function isTerminalState(state: TaskState): boolean {
  return terminalStates.has(state);
}
