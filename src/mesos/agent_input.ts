import type { AgentError } from "./agent_error.ts";
import {
  type Event,
  Event_Type,
  type ExecutorInfo,
  type FrameworkInfo,
  type KillPolicy,
  type TaskInfo,
} from "./protocol.ts";
import type { SentStatus } from "./unacknowledged.ts";

/** What an executor hears from its agent, or about it. Ids are plain texts here; an event without its payload is none. */
export type AgentInput =
  | { kind: "subscribed"; executorInfo: ExecutorInfo; frameworkInfo: FrameworkInfo; containerId?: string }
  | { kind: "launch"; taskId: string; task: TaskInfo }
  | { kind: "launch_group"; tasks: readonly TaskInfo[] }
  | { kind: "kill"; taskId: string; killPolicy?: KillPolicy }
  | { kind: "acknowledged"; taskId: string; sent: SentStatus }
  | { kind: "message"; data: Uint8Array }
  | { kind: "shutdown" }
  | { kind: "error"; message: string }
  /** The stream broke; another is being opened. Told once per outage. */
  | { kind: "disconnected"; error: AgentError }
  /** No other stream will be opened: the last input of all. */
  | { kind: "lost"; error: AgentError };

/** Events as they lie on the wire, without ACKNOWLEDGED, which the connection itself resolves. */
type WireInput = Exclude<AgentInput, { kind: "acknowledged" | "disconnected" | "lost" }>;

/**
 * The input that an event means; `undefined` for heartbeats, unknown types (contract A.7: ignored), and events whose
 * required parts are missing, which no agent sends.
 */
export function toAgentInput(event: Event): WireInput | undefined {
  switch (event.type) {
    case Event_Type.SUBSCRIBED:
      return toSubscribed(event);
    case Event_Type.LAUNCH: {
      const task = event.launch?.task;
      return task?.taskId && { kind: "launch", taskId: task.taskId.value, task };
    }
    case Event_Type.LAUNCH_GROUP: {
      const tasks = event.launchGroup?.taskGroup?.tasks;
      return tasks && { kind: "launch_group", tasks };
    }
    case Event_Type.KILL: {
      const kill = event.kill;
      if (!kill?.taskId) return undefined;
      return { kind: "kill", taskId: kill.taskId.value, ...(kill.killPolicy ? { killPolicy: kill.killPolicy } : {}) };
    }
    case Event_Type.MESSAGE:
      return event.message && { kind: "message", data: event.message.data };
    case Event_Type.SHUTDOWN:
      return { kind: "shutdown" };
    case Event_Type.ERROR:
      return event.error && { kind: "error", message: event.error.message };
    default:
      return undefined;
  }
}

function toSubscribed(event: Event): WireInput | undefined {
  const { executorInfo, frameworkInfo, containerId } = event.subscribed ?? {};
  if (!executorInfo || !frameworkInfo) return undefined;
  return {
    kind: "subscribed",
    executorInfo,
    frameworkInfo,
    ...(containerId ? { containerId: containerId.value } : {}),
  };
}
