import type { TaskWork } from "./crew.ts";
import type { TaskState } from "./task/task_state.ts";

/** An executor's tasks as they stand, for those who look and change nothing. */
export interface TaskView {
  /** Ended tasks among them. */
  tasks(): ReadonlyMap<string, TaskState>;
  /** See `TaskCrew`. */
  workOf(taskId: string): TaskWork | undefined;
}
