import { Buffer } from "node:buffer";
import { isSet } from "../../../src/mesos/embedded/messages.ts";
import {
  NetworkInfo_Protocol,
  TaskState,
  type TaskStatus,
  TaskStatus_Reason,
  TaskStatus_Source,
} from "../../../src/mesos/protocol.ts";

/** A status as a scheduler sees it in v1 JSON: set fields alone, in the names of the wire. */
export function toSchedulerJson(status: TaskStatus): Record<string, unknown> {
  const container = status.containerStatus;
  return withoutUndefined({
    task_id: status.taskId && { value: status.taskId.value },
    state: nameOf(TaskState, status.state),
    message: isSet(status, "message") ? status.message : undefined,
    source: `SOURCE_${nameOf(TaskStatus_Source, status.source)}`,
    reason: isSet(status, "reason") ? `REASON_${nameOf(TaskStatus_Reason, status.reason)}` : undefined,
    data: isSet(status, "data") ? Buffer.from(status.data).toString("base64") : undefined,
    agent_id: status.agentId && { value: status.agentId.value },
    executor_id: status.executorId && { value: status.executorId.value },
    timestamp: status.timestamp,
    uuid: Buffer.from(status.uuid).toString("base64"),
    labels: status.labels && { labels: status.labels.labels.map(({ key, value }) => ({ key, value })) },
    container_status: container && {
      container_id: { value: container.containerId?.value },
      network_infos: container.networkInfos.map(({ ipAddresses }) => ({
        ip_addresses: ipAddresses.map(({ protocol, ipAddress }) => ({
          protocol: nameOf(NetworkInfo_Protocol, protocol),
          ip_address: ipAddress,
        })),
      })),
      executor_pid: container.executorPid,
    },
  });
}

function nameOf(values: Record<string, number>, value: number): string {
  return Object.entries(values).find(([, other]) => other === value)?.[0] ?? `${value}`;
}

function withoutUndefined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
