import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type Call,
  Call_Type,
  CallSchema,
  type Event,
  Event_Type,
  EventSchema,
} from "../../proto/slim/mesos/v1/executor/executor_pb.ts";
import type { TaskStatus, TaskStatusSchema } from "../../proto/slim/mesos/v1/mesos_pb.ts";

export type {
  AgentInfo,
  CheckInfo,
  CheckStatusInfo,
  CommandInfo,
  ContainerInfo,
  Environment,
  ExecutorInfo,
  FrameworkInfo,
  HealthCheck,
  KillPolicy,
  NetworkInfo,
  Resource,
  TaskInfo,
  TaskStatus,
} from "../../proto/slim/mesos/v1/mesos_pb.ts";
export {
  CheckInfo_Type,
  ContainerInfo_DockerInfo_Network,
  ContainerInfo_Type,
  Environment_Variable_Type,
  ExecutorInfo_Type,
  FrameworkInfo_Capability_Type,
  HealthCheck_Type,
  NetworkInfo_Protocol,
  TaskState,
  TaskStatus_Reason,
  TaskStatus_Source,
  Value_Type,
  Volume_Mode,
} from "../../proto/slim/mesos/v1/mesos_pb.ts";
export type { Call, Event };
export { Call_Type, Event_Type };

/** A call as it is written down: any field may be left out, nested messages are plain objects. */
export type CallInit = Exclude<MessageInitShape<typeof CallSchema>, Call>;

/** An event as it is written down. */
export type EventInit = Exclude<MessageInitShape<typeof EventSchema>, Event>;

/** A status as it is written down. */
export type StatusInit = Exclude<MessageInitShape<typeof TaskStatusSchema>, TaskStatus>;

/** Bytes of a call to the agent's executor API. */
export function encodeCall(call: CallInit): Uint8Array {
  return toBinary(CallSchema, create(CallSchema, call));
}

/** A call from its bytes; throws when they are none. */
export function decodeCall(bytes: Uint8Array): Call {
  return fromBinary(CallSchema, bytes);
}

/** Bytes of an event to an executor. */
export function encodeEvent(event: MessageInitShape<typeof EventSchema>): Uint8Array {
  return toBinary(EventSchema, create(EventSchema, event));
}

/** An event from its bytes; fields that we do not know are kept. */
export function decodeEvent(bytes: Uint8Array): Event {
  return fromBinary(EventSchema, bytes);
}
