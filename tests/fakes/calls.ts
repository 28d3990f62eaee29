import { Call_Type, type CallInit, Event_Type, type EventInit } from "../../src/mesos/protocol.ts";

/** The ids of every call here. */
export const ids = { executorId: { value: "executor-1" }, frameworkId: { value: "framework-1" } };

/** A first SUBSCRIBE. */
export const subscribeCall: CallInit = { ...ids, type: Call_Type.SUBSCRIBE, subscribe: {} };

/** A MESSAGE that carries this text. */
export function messageCall(text: string): CallInit {
  return { ...ids, type: Call_Type.MESSAGE, message: { data: new TextEncoder().encode(text) } };
}

/** The agent's answer to a SUBSCRIBE. */
export const subscribedEvent: EventInit = {
  type: Event_Type.SUBSCRIBED,
  subscribed: {
    executorInfo: { executorId: ids.executorId },
    frameworkInfo: { user: "root", name: "test", id: ids.frameworkId },
    agentInfo: { hostname: "node-1" },
    containerId: { value: "container-1" },
  },
};

/** A task as it is written down. */
export type TaskInit = NonNullable<NonNullable<EventInit["launch"]>["task"]>;

/** The smallest task that a master lets through. */
export function taskOf(id: string): TaskInit {
  return { name: id, taskId: { value: id }, agentId: { value: "agent-1" } };
}

/** A LAUNCH of the smallest task. */
export function launchEvent(id: string): EventInit {
  return { type: Event_Type.LAUNCH, launch: { task: taskOf(id) } };
}

/** The acknowledgement of an update. */
export function acknowledgedEvent(taskId: string, uuid: Uint8Array): EventInit {
  return { type: Event_Type.ACKNOWLEDGED, acknowledged: { taskId: { value: taskId }, uuid } };
}
