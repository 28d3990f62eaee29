import { Event_Type, TaskState, TaskStatus_Reason } from "../../protocol.ts";
import type { ExecutorEnd } from "../reports.ts";
import { reportTask } from "../statuses/updates.ts";
import type { AgentCore } from "./core.ts";
import { type ExecutorRecord, type Termination, unfinishedTasks } from "./records.ts";

const executorTerminated: Termination = {
  state: TaskState.TASK_FAILED,
  reason: TaskStatus_Reason.EXECUTOR_TERMINATED,
  message: "Executor terminated",
};

/** The grace of an executor's own, else the agent's (contract A.12). */
export function graceOf(core: AgentCore, executor: ExecutorRecord): number {
  const own = executor.info.shutdownGracePeriod?.nanoseconds;
  return own === undefined ? core.settings.shutdownGraceMs : Number(own) / 1e6;
}

/** SHUTDOWN, and after the grace the kill (contract A.12). One that has not subscribed is told when it does. */
export function shutDown(core: AgentCore, executor: ExecutorRecord): void {
  if (executor.state === "terminating" || executor.state === "terminated") return;
  executor.state = "terminating";
  executor.registration?.cancel();
  executor.stream?.send({ type: Event_Type.SHUTDOWN });
  executor.grace = core.settings.clock.schedule(graceOf(core, executor), () => destroy(executor));
}

/** Kills everything of an executor; its unfinished tasks will have `fate`, or that of an earlier decision. */
export function destroy(executor: ExecutorRecord, fate?: Termination): void {
  if (executor.state === "terminated") return;
  executor.state = "terminating";
  executor.registration?.cancel();
  if (fate) executor.termination ??= fate;
  if (executor.container) executor.container.destroy();
  else executor.launching.abort(new Error("Container destroyed during launch"));
}

/** The agent learns that an executor is gone: now, or when it is there to learn it. */
export function end(core: AgentCore, executor: ExecutorRecord, how: ExecutorEnd): void {
  const learn = () => settleEnd(core, executor, how);
  const isAway = core.stage === "down" || core.stage === "starting" || core.stage === "recovering";
  if (isAway) core.unseenEnds.push(learn);
  else learn();
}

function settleEnd(core: AgentCore, executor: ExecutorRecord, how: ExecutorEnd): void {
  const { framework, containerId, sandbox } = executor;
  executor.state = "terminated";
  executor.registration?.cancel();
  executor.grace?.cancel();
  executor.stream?.end();
  executor.queue = [];
  framework.executors.delete(executor.id);
  core.reports.push({
    ...{ kind: "exit", frameworkId: framework.id, executorId: executor.id, containerId, sandbox },
    ...how,
  });
  core.ledger.free(executor.info.resources);
  for (const task of unfinishedTasks(executor)) reportTask(core, task, executor.termination ?? executorTerminated);
}
