import {
  type Call,
  Call_Type,
  CheckInfo_Type,
  type CheckStatusInfo,
  TaskState,
  type TaskStatus,
  TaskStatus_Source,
} from "../../protocol.ts";
import { isUuid } from "../../uuid.ts";
import { isSet } from "../messages.ts";

/**
 * What is wrong with a call in the agent's own words, or undefined. The order of the checks is the agent's, since
 * only the first fault is told (contract A.8). Required fields, the ids among them, are checked before.
 */
export function findCallFault(call: Call): string | undefined {
  if (!isSet(call, "type")) return "Expecting 'type' to be present";
  switch (call.type) {
    case Call_Type.SUBSCRIBE:
      return call.subscribe ? undefined : "Expecting 'subscribe' to be present";
    case Call_Type.UPDATE:
      return findUpdateFault(call);
    case Call_Type.MESSAGE:
      return call.message ? undefined : "Expecting 'message' to be present";
    default:
      return undefined;
  }
}

function findUpdateFault(call: Call): string | undefined {
  const status = call.update?.status;
  if (!status) return "Expecting 'update' to be present";
  if (!isSet(status, "uuid")) return "Expecting 'uuid' to be present";
  if (!isUuid(status.uuid)) return "Not a valid UUID";
  return findSenderFault(call, status) ?? (status.checkStatus && findCheckStatusFault(status.checkStatus));
}

function findSenderFault(call: Call, status: TaskStatus): string | undefined {
  const executor = call.executorId?.value ?? "";
  if (status.executorId && status.executorId.value !== executor) {
    return `ExecutorID in Call: ${executor} does not match ExecutorID in TaskStatus: ${status.executorId.value}`;
  }
  const sender = `executor ${executor} of framework ${call.frameworkId?.value}`;
  if (status.source !== TaskStatus_Source.EXECUTOR) {
    return `Received Call from ${sender} with invalid source, expecting 'SOURCE_EXECUTOR'`;
  }
  if (status.state === TaskState.TASK_STAGING) return `Received TASK_STAGING from ${sender} which is not allowed`;
  return undefined;
}

function findCheckStatusFault(status: CheckStatusInfo): string | undefined {
  if (!isSet(status, "type")) return "CheckStatusInfo must specify 'type'";
  switch (status.type) {
    case CheckInfo_Type.COMMAND:
      return status.command ? undefined : "Expecting 'command' to be set for COMMAND check's status";
    case CheckInfo_Type.HTTP:
      return status.http ? undefined : "Expecting 'http' to be set for HTTP check's status";
    case CheckInfo_Type.TCP:
      return status.tcp ? undefined : "Expecting 'tcp' to be set for TCP check's status";
    default:
      return "'UNKNOWN' is not a valid check's status type";
  }
}
