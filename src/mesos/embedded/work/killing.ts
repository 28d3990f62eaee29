import { Event_Type, TaskState, TaskStatus_Reason } from "../../protocol.ts";
import { isTerminalState } from "../../terminal_state.ts";
import type { KillPolicyInit } from "../messages.ts";
import { reportTask } from "../statuses/updates.ts";
import { type AgentCore, checkRunning, findTask } from "./core.ts";
import { tasksOf, withdraw } from "./delivery.ts";
import { shutDown } from "./ending.ts";
import type { ExecutorRecord } from "./records.ts";

/**
 * Kills a task (contract A.12). One that waits for its executor is ended by the agent alone, with its whole group;
 * otherwise the executor gets a KILL, which is lost when its stream is dead. No effect on ended tasks.
 */
export function killTask(core: AgentCore, frameworkId: string, taskId: string, killPolicy?: KillPolicyInit): void {
  checkRunning(core, `kill task "${taskId}"`);
  const task = findTask(core, frameworkId, taskId);
  const { executor } = task;
  const { log } = core.settings;
  if (isTerminalState(task.state)) return log.info("kill of an ended task ignored", { taskId });
  const delivery = withdraw(executor, task);
  if (delivery) {
    const message =
      delivery.kind === "task"
        ? "Killed before delivery to the executor"
        : "A task within the task group was killed before delivery to the executor";
    const reason = TaskStatus_Reason.TASK_KILLED_DURING_LAUNCH;
    for (const member of tasksOf(delivery)) reportTask(core, member, { state: TaskState.TASK_KILLED, reason, message });
    return shutDownIdle(core, executor);
  }
  if (executor.state !== "running") return log.info("kill ignored", { taskId, executorState: executor.state });
  const policy = killPolicy ? { killPolicy } : {};
  const isSent = executor.stream?.send({ type: Event_Type.KILL, kill: { taskId: { value: taskId }, ...policy } });
  if (!isSent) log.warn("kill lost on a dead stream", { taskId });
}

function shutDownIdle(core: AgentCore, executor: ExecutorRecord): void {
  if (!executor.hasReceived && executor.queue.length === 0) shutDown(core, executor);
}
