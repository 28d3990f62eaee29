import { formatState, isTerminal } from "../../src/cluster/task_end.ts";
import type { AgentReport } from "../../src/mesos/embedded/mod.ts";
import type { TaskState, TaskStatus } from "../../src/mesos/protocol.ts";
import { eventually } from "./eventually.ts";

/** The end of an executor, as the agent reports it. */
export type ExecutorExit = AgentReport & { kind: "exit" };

/** What a terminal status says of the container's exit code. */
export function exitCodeOf(status: TaskStatus): string | undefined {
  return status.labels?.labels.find(({ key }) => key === "exit_code")?.value;
}

/** Everything that an agent has reported. */
export class ReportBook {
  readonly reports: AgentReport[] = [];

  constructor(reports: AsyncIterable<AgentReport>) {
    void this.#read(reports);
  }

  /** Statuses of a task, in order. */
  statuses(taskId: string): TaskStatus[] {
    return this.reports.flatMap((report) =>
      report.kind === "update" && report.status.taskId?.value === taskId ? [report.status] : [],
    );
  }

  /** Names of a task's states, in order: `TASK_STARTING` and so on. */
  states(taskId: string): string[] {
    return this.statuses(taskId).map(({ state }) => formatState(state));
  }

  /** The task's first status with that state; throws when the task ends without it. */
  reach(taskId: string, state: TaskState): Promise<TaskStatus> {
    return eventually(`${formatState(state)} of ${taskId}`, () => {
      const statuses = this.statuses(taskId);
      const found = statuses.find((status) => status.state === state);
      if (!found && statuses.some(isTerminal)) throw new Error(`${taskId} has ended: ${this.#describe(taskId)}`);
      return found;
    });
  }

  /** The task's terminal status. */
  end(taskId: string): Promise<TaskStatus> {
    return eventually(`the end of ${taskId}`, () => this.statuses(taskId).find(isTerminal));
  }

  /** How an executor ended. */
  exit(executorId: string): Promise<ExecutorExit> {
    return eventually(`the exit of executor ${executorId}`, () =>
      this.reports.find((report): report is ExecutorExit => report.kind === "exit" && report.executorId === executorId),
    );
  }

  /** Messages of an executor to its framework, as texts. */
  messages(executorId: string): string[] {
    return this.reports.flatMap((report) =>
      report.kind === "message" && report.executorId === executorId ? [new TextDecoder().decode(report.data)] : [],
    );
  }

  #describe(taskId: string): string {
    return this.statuses(taskId)
      .map(({ state, message }) => `${formatState(state)} ${message}`.trim())
      .join(", ");
  }

  async #read(reports: AsyncIterable<AgentReport>): Promise<void> {
    for await (const report of reports) this.reports.push(report);
  }
}
