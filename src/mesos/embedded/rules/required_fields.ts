import type { Call, TaskInfo, TaskStatus } from "../../protocol.ts";
import { isSet } from "../messages.ts";

/**
 * The first required field that a call lacks, or undefined. Our decoder takes such messages; libprotobuf refuses to
 * parse them (contract A.8). Checked are the call, its statuses to their depth, and the heads of unacknowledged tasks.
 */
export function findMissingField(call: Call): string | undefined {
  return first(missingFields(call));
}

function* missingFields(call: Call): Generator<string> {
  if (!call.executorId) yield "executor_id";
  if (!call.frameworkId) yield "framework_id";
  yield* missingValue("executor_id", call.executorId);
  yield* missingValue("framework_id", call.frameworkId);
  if (call.update) yield* missingStatus("update", call.update.status);
  if (call.message && !isSet(call.message, "data")) yield "message.data";
  for (const task of call.subscribe?.unacknowledgedTasks ?? []) yield* missingOfTask(task);
  for (const update of call.subscribe?.unacknowledgedUpdates ?? []) {
    yield* missingStatus("subscribe.unacknowledged_updates", update.status);
  }
}

function* missingOfTask(task: TaskInfo): Generator<string> {
  const path = "subscribe.unacknowledged_tasks";
  if (!isSet(task, "name")) yield `${path}.name`;
  if (!task.taskId) yield `${path}.task_id`;
  if (!task.agentId) yield `${path}.agent_id`;
  yield* missingValue(`${path}.task_id`, task.taskId);
  yield* missingValue(`${path}.agent_id`, task.agentId);
}

function* missingStatus(path: string, status: TaskStatus | undefined): Generator<string> {
  if (!status) return yield `${path}.status`;
  if (!status.taskId) yield `${path}.status.task_id`;
  if (!isSet(status, "state")) yield `${path}.status.state`;
  yield* missingValue(`${path}.status.task_id`, status.taskId);
  yield* missingValue(`${path}.status.agent_id`, status.agentId);
  yield* missingValue(`${path}.status.executor_id`, status.executorId);
  yield* missingValue(`${path}.status.container_status.container_id`, status.containerStatus?.containerId);
  yield* missingKeys(`${path}.status.labels`, status.labels);
  for (const network of status.containerStatus?.networkInfos ?? []) {
    yield* missingKeys(`${path}.status.container_status.network_infos.labels`, network.labels);
    for (const mapping of network.portMappings) {
      if (!isSet(mapping, "hostPort")) yield `${path}.status.container_status.network_infos.port_mappings.host_port`;
      if (!isSet(mapping, "containerPort"))
        yield `${path}.status.container_status.network_infos.port_mappings.container_port`;
    }
  }
  for (const resource of status.limitation?.resources ?? []) {
    if (!isSet(resource, "name") || !isSet(resource, "type")) yield `${path}.status.limitation.resources`;
  }
}

function* missingValue(path: string, id: { value: string } | undefined): Generator<string> {
  if (id && !isSet(id, "value")) yield `${path}.value`;
}

function* missingKeys(path: string, labels: { labels: { key: string }[] } | undefined): Generator<string> {
  for (const label of labels?.labels ?? []) if (!isSet(label, "key")) yield `${path}.key`;
}

function first<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}
