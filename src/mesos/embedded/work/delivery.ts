import { messageOf } from "../../../notation/thrown.ts";
import { Event_Type, type EventInit, TaskState, TaskStatus_Reason } from "../../protocol.ts";
import { isTerminalState } from "../../terminal_state.ts";
import { linkVolumes } from "../container/volumes.ts";
import type { AgentCore } from "./core.ts";
import { destroy } from "./ending.ts";
import { type Delivery, type ExecutorRecord, type TaskRecord, toKnownState } from "./records.ts";

/** Hands a task or group to its executor: at once when it is subscribed, else when it will be. */
export function deliver(core: AgentCore, executor: ExecutorRecord, delivery: Delivery): void {
  if (executor.state === "running") send(core, executor, delivery);
  else executor.queue.push(delivery);
}

/** Hands over everything that has waited for the subscription (contract A.10 rule 6). */
export function deliverQueue(core: AgentCore, executor: ExecutorRecord): void {
  for (const delivery of executor.queue.splice(0)) send(core, executor, delivery);
}

/** Takes the delivery of a task out of the queue; undefined when it does not wait there. */
export function withdraw(executor: ExecutorRecord, task: TaskRecord): Delivery | undefined {
  const index = executor.queue.findIndex((delivery) => tasksOf(delivery).includes(task));
  return index === -1 ? undefined : executor.queue.splice(index, 1)[0];
}

/** The tasks of a delivery. */
export function tasksOf(delivery: Delivery): readonly TaskRecord[] {
  return delivery.kind === "task" ? [delivery.task] : delivery.tasks;
}

/** Tasks that were sent and of which nothing was heard. */
export function isStaging(task: TaskRecord): boolean {
  return task.isSent && !isTerminalState(task.state) && task.state === TaskState.TASK_STAGING;
}

function send(core: AgentCore, executor: ExecutorRecord, delivery: Delivery): void {
  try {
    const { sandbox } = executor;
    const { workDir } = core.settings;
    for (const { info } of tasksOf(delivery)) linkVolumes(info.resources, { workDir, sandbox });
  } catch (error) {
    const message = `Failed to update resources for container: ${messageOf(error)}`;
    const state = toKnownState(executor.framework, TaskState.TASK_GONE);
    return destroy(executor, { state, reason: TaskStatus_Reason.CONTAINER_UPDATE_FAILED, message });
  }
  executor.hasReceived = true;
  for (const task of tasksOf(delivery)) task.isSent = true;
  if (executor.stream?.send(toEvent(delivery))) return;
  // The agent does not notice: only the next SUBSCRIBE shows that the executor knows nothing of it (contract A.10).
  core.settings.log.warn("launch lost on a dead stream", { executorId: executor.id });
}

function toEvent(delivery: Delivery): EventInit {
  if (delivery.kind === "task") return { type: Event_Type.LAUNCH, launch: { task: delivery.task.info } };
  const tasks = delivery.tasks.map(({ info }) => info);
  return { type: Event_Type.LAUNCH_GROUP, launchGroup: { taskGroup: { tasks } } };
}
