import { Buffer } from "node:buffer";
import {
  Call_Type,
  decodeCall,
  decodeEvent,
  Event_Type,
  type EventInit,
  type ExecutorInfo,
  encodeCall,
  encodeEvent,
  type FrameworkInfo,
  type Resource,
  type StatusInit,
  type TaskInfo,
  type TaskStatus,
} from "../protocol.ts";

/** A task as it is written down: what is left out has its default. */
export type TaskInit = NonNullable<NonNullable<EventInit["launch"]>["task"]>;

/** An executor as it is written down. */
export type ExecutorInit = NonNullable<NonNullable<EventInit["subscribed"]>["executorInfo"]>;

/** A framework as it is written down. */
export type FrameworkInit = NonNullable<NonNullable<EventInit["subscribed"]>["frameworkInfo"]>;

/** An agent's own description as it is written down. */
export type AgentInit = NonNullable<NonNullable<EventInit["subscribed"]>["agentInfo"]>;

/** A kill policy as it is written down. */
export type KillPolicyInit = NonNullable<NonNullable<EventInit["kill"]>["killPolicy"]>;

/** A resource as it is written down. */
export type ResourceInit = NonNullable<TaskInit["resources"]>[number];

const anyExecutor: ExecutorInit = { executorId: { value: "any" } };
const anyFramework: FrameworkInit = { user: "any", name: "any" };
const anyAgent: AgentInit = { hostname: "any" };

/**
 * Whether a proto2 field was set. Its value alone does not tell: an absent field reads as its default, and the agent's
 * checks ask for presence (contract A.8).
 */
export function isSet<T extends object>(message: T, field: keyof T & string): boolean {
  return Object.hasOwn(message, field) && message[field] !== undefined;
}

type Fields<T> = T extends unknown ? Omit<T, "$typeName" | "$unknown"> : never;

/** The fields of a message, or of what will be one, so that others can be put beside them. */
export function fieldsOf<T extends object>(message: T): Fields<T> {
  const fields: { $typeName?: unknown; $unknown?: unknown } = { ...message };
  delete fields.$typeName;
  delete fields.$unknown;
  return fields as Fields<T>;
}

// The functions below take a message over the wire and back. That gives an own copy, which the caller cannot change
// any more, with defaults in place, and refuses what could not be sent: required fields that are missing.

/** The task that an executor would receive; throws when a required field is missing. */
export function toTask(init: TaskInit): TaskInfo {
  const event = decodeEvent(encodeEvent({ type: Event_Type.LAUNCH, launch: { task: init } }));
  return present(event.launch?.task);
}

/** The executor that an agent would keep; throws when a required field is missing. */
export function toExecutor(init: ExecutorInit): ExecutorInfo {
  return present(decodeEvent(encodeExecutor(init)).subscribed?.executorInfo);
}

/** The framework that an agent would keep; throws when a required field is missing. */
export function toFramework(init: FrameworkInit): FrameworkInfo {
  const subscribed = { executorInfo: anyExecutor, frameworkInfo: init, agentInfo: anyAgent };
  return present(decodeEvent(encodeEvent({ type: Event_Type.SUBSCRIBED, subscribed })).subscribed?.frameworkInfo);
}

/** The agent as executors see it; throws when a required field is missing. */
export function toAgent(init: AgentInit): NonNullable<ReturnType<typeof decodeAgent>> {
  const subscribed = { executorInfo: anyExecutor, frameworkInfo: anyFramework, agentInfo: init };
  return present(decodeAgent(encodeEvent({ type: Event_Type.SUBSCRIBED, subscribed })));
}

/** The status that an agent would pass on; throws when a required field is missing. */
export function toStatus(init: StatusInit): TaskStatus {
  const ids = { executorId: { value: "any" }, frameworkId: { value: "any" } };
  const call = decodeCall(encodeCall({ ...ids, type: Call_Type.UPDATE, update: { status: init } }));
  return present(call.update?.status);
}

/** Resources as messages. */
export function toResources(inits: readonly ResourceInit[]): Resource[] {
  return toAgent({ hostname: "any", resources: [...inits] }).resources;
}

/** Whether two descriptions of an executor say the same, field by field (contract A.13). */
export function isSameExecutor(one: ExecutorInit, other: ExecutorInit): boolean {
  return Buffer.compare(encodeExecutor(one), encodeExecutor(other)) === 0;
}

function encodeExecutor(init: ExecutorInit): Uint8Array {
  const subscribed = { executorInfo: init, frameworkInfo: anyFramework, agentInfo: anyAgent };
  return encodeEvent({ type: Event_Type.SUBSCRIBED, subscribed });
}

function decodeAgent(bytes: Uint8Array) {
  return decodeEvent(bytes).subscribed?.agentInfo;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError("Cannot read back a message: it is not there");
  return value;
}
