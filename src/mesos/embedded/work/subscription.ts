import { type Call, Event_Type, TaskState, TaskStatus_Reason } from "../../protocol.ts";
import { isUuid } from "../../uuid.ts";
import type { EventStream } from "../http/event_stream.ts";
import { isSet } from "../messages.ts";
import { reportTask, takeStatus } from "../statuses/updates.ts";
import type { AgentCore } from "./core.ts";
import { deliverQueue, isStaging } from "./delivery.ts";
import { shutDown } from "./ending.ts";
import { type ExecutorRecord, toKnownState, unfinishedTasks } from "./records.ts";

type Subscribe = NonNullable<Call["subscribe"]>;

/**
 * The uuid in a SUBSCRIBE's updates that would trip an assertion of a real agent and end its process, or undefined
 * (contract A.8).
 */
export function findDeadlyUuid(subscribe: Subscribe): Uint8Array | undefined {
  const statuses = subscribe.unacknowledgedUpdates.flatMap(({ status }) => (status ? [status] : []));
  return statuses.find((status) => isSet(status, "uuid") && !isUuid(status.uuid))?.uuid;
}

/** Takes a subscription (contract A.10, whose numbers stand beside the steps). */
export function subscribe(core: AgentCore, executor: ExecutorRecord, call: Subscribe, stream: EventStream): void {
  if (executor.state === "terminating" || executor.state === "terminated") return dismiss(stream); // 1
  executor.stream?.end(); // 2: the newest wins
  executor.stream = stream;
  executor.state = "running";
  executor.registration?.cancel();
  takeUpdates(core, executor, call); // 3
  dropUnknown(core, executor, call); // 4
  if (!executor.hasReceived && executor.queue.length === 0) return shutDown(core, executor); // 5
  if (!isRunning(executor)) return;
  stream.send(toSubscribed(core, executor)); // 6
  deliverQueue(core, executor);
}

function dismiss(stream: EventStream): void {
  stream.send({ type: Event_Type.SHUTDOWN });
  stream.end();
}

function takeUpdates(core: AgentCore, executor: ExecutorRecord, call: Subscribe): void {
  for (const { status } of call.unacknowledgedUpdates) {
    if (!status) continue;
    if (status.state !== TaskState.TASK_STAGING) takeStatus(core, executor, status);
    else shutDown(core, executor);
  }
}

/** Tasks of which the executor knows nothing were lost on the way to it: nobody runs them. */
function dropUnknown(core: AgentCore, executor: ExecutorRecord, call: Subscribe): void {
  const known = new Set(call.unacknowledgedTasks.map((task) => task.taskId?.value));
  for (const task of unfinishedTasks(executor)) {
    if (!isStaging(task) || known.has(task.id)) continue;
    reportTask(core, task, {
      state: toKnownState(executor.framework, TaskState.TASK_DROPPED),
      reason: TaskStatus_Reason.AGENT_RESTARTED,
      message: "Task launched during agent restart",
    });
  }
}

/** Behind a function: {@link takeUpdates} may have changed what the compiler believes of the state. */
function isRunning(executor: ExecutorRecord): boolean {
  return executor.state === "running";
}

function toSubscribed(core: AgentCore, executor: ExecutorRecord) {
  return {
    type: Event_Type.SUBSCRIBED,
    subscribed: {
      executorInfo: executor.info,
      frameworkInfo: executor.framework.info,
      agentInfo: core.agentInfo,
      containerId: { value: executor.containerId },
    },
  };
}
