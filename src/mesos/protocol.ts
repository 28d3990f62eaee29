import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type Call,
  Call_Type,
  type CallSchema,
  type Event,
  Event_Type,
  type EventSchema,
} from "../../proto/slim/mesos/v1/executor/executor_pb.ts";
import type { TaskStatus, TaskStatusSchema } from "../../proto/slim/mesos/v1/mesos_pb.ts";
import { decodeMessage } from "./wire/decode.ts";
import { encodeMessage } from "./wire/encode.ts";

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
  Labels,
  LinuxInfo,
  NetworkInfo,
  Resource,
  RLimitInfo,
  Secret,
  TaskInfo,
  TaskStatus,
  Volume,
} from "../../proto/slim/mesos/v1/mesos_pb.ts";
export {
  CapabilityInfo_Capability,
  CheckInfo_Type,
  ContainerInfo_DockerInfo_Network,
  ContainerInfo_Type,
  Environment_Variable_Type,
  ExecutorInfo_Type,
  FrameworkInfo_Capability_Type,
  HealthCheck_Type,
  Image_Type,
  LinuxInfo_IpcMode,
  MountPropagation_Mode,
  NetworkInfo_Protocol,
  RLimitInfo_RLimit_Type,
  Secret_Type,
  TaskState,
  TaskStatus_Reason,
  TaskStatus_Source,
  Value_Type,
  Volume_Mode,
  Volume_Source_SandboxPath_Type,
  Volume_Source_Type,
} from "../../proto/slim/mesos/v1/mesos_pb.ts";
export type { Call, Event };
export { Call_Type, Event_Type };

/** A call as it is written down: any field may be left out, nested messages are plain objects. */
export type CallInit = Exclude<MessageInitShape<typeof CallSchema>, Call>;

/** An event as it is written down. */
export type EventInit = Exclude<MessageInitShape<typeof EventSchema>, Event>;

/** A status as it is written down. */
export type StatusInit = Exclude<MessageInitShape<typeof TaskStatusSchema>, TaskStatus>;

/** Bytes of a call to the agent's executor API; throws TypeError when a required field is unset. */
export function encodeCall(call: CallInit | Call): Uint8Array {
  return encodeMessage("mesos.v1.executor.Call", call);
}

/** A call from its bytes; throws when they are none. Fields that we do not know are kept. */
export function decodeCall(bytes: Uint8Array): Call {
  return decodeMessage("mesos.v1.executor.Call", bytes) as unknown as Call;
}

/** Bytes of an event to an executor; throws TypeError when a required field is unset. */
export function encodeEvent(event: EventInit | Event): Uint8Array {
  return encodeMessage("mesos.v1.executor.Event", event);
}

/** An event from its bytes; throws when they are none. Fields that we do not know are kept. */
export function decodeEvent(bytes: Uint8Array): Event {
  return decodeMessage("mesos.v1.executor.Event", bytes) as unknown as Event;
}
