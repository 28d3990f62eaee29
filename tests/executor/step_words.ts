import type { TaskInput } from "../../src/executor/task/task_state.ts";
import type { TaskEffect } from "../../src/executor/task/task_step.ts";
import type { StatusReport } from "../../src/mesos/executor_connection.ts";
import { TaskState as MesosState, TaskStatus_Reason } from "../../src/mesos/protocol.ts";

const stateNames = new Map<number, string>(Object.entries(MesosState).map(([name, number]) => [number, name]));
const reasonNames = new Map<number, string>(Object.entries(TaskStatus_Reason).map(([name, number]) => [number, name]));
const terminal = new Set<string>(["TASK_FINISHED", "TASK_FAILED", "TASK_KILLED", "TASK_ERROR"]);

/** Name of a report's state, e.g. `TASK_RUNNING`. */
export function stateOf(report: StatusReport): string {
  return stateNames.get(report.state ?? -1) ?? "none";
}

/** Name of a report's reason, e.g. `TASK_INVALID`. */
export function reasonOf(report: StatusReport): string | undefined {
  return report.reason === undefined ? undefined : reasonNames.get(report.reason);
}

/** Whether a report ends its task. */
export function isTerminal(report: StatusReport): boolean {
  return terminal.has(stateOf(report));
}

/** An effect in one word: a report's state, or the effect's kind. */
export function nameEffect(effect: TaskEffect): string {
  return effect.kind === "report" ? stateOf(effect.report) : effect.kind;
}

/** One input of every kind. */
export const everyInput: Readonly<Record<TaskInput["kind"], TaskInput>> = {
  prepared: { kind: "prepared", containerId: "c1" },
  prepare_failed: { kind: "prepare_failed", fault: { code: "image", message: "no such image" } },
  prepare_late: { kind: "prepare_late" },
  started: {
    kind: "started",
    container: { inspection: { Id: "c1" }, addresses: [{ address: "172.17.0.2", family: "ipv4" }] },
  },
  start_failed: { kind: "start_failed", fault: { code: "launch", message: "port is taken" } },
  exited: { kind: "exited", status: 3 },
  vanished: { kind: "vanished", fault: { code: "lost", message: "Container c1 disappeared" } },
  collected: { kind: "collected", exit: { status: 3, cause: "exit", stderrTail: "" } },
  checked: { kind: "checked", result: { kind: "command", exitCode: 1 } },
  judged: { kind: "judged", verdict: "unhealthy", why: "the command exited with status 1" },
  stop: { kind: "stop", stop: { reason: "kill", graceMs: 5000, deadline: 15_000 } },
  stop_failed: { kind: "stop_failed" },
  removed: { kind: "removed" },
};
