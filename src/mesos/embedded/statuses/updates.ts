import { NetworkInfo_Protocol, type StatusInit, type TaskStatus, TaskStatus_Source } from "../../protocol.ts";
import { isTerminalState } from "../../terminal_state.ts";
import { createUuid, formatUuid } from "../../uuid.ts";
import { unlinkVolumes } from "../container/volumes.ts";
import { fieldsOf, isSet, toStatus } from "../messages.ts";
import type { AgentCore } from "../work/core.ts";
import type { ExecutorRecord, TaskRecord, Termination } from "../work/records.ts";

/**
 * Takes a status that an executor sent (contract A.8): it is completed, applied and acknowledged in its task's turn.
 * One that names another agent, or has no uuid, is dropped without an acknowledgement.
 */
export function takeStatus(core: AgentCore, executor: ExecutorRecord, status: TaskStatus): void {
  const { log } = core.settings;
  const taskId = status.taskId?.value ?? "";
  const agentId = core.agentInfo.id?.value;
  if (!isSet(status, "uuid")) return log.warn("status update without uuid ignored", { taskId });
  if (status.agentId && status.agentId.value !== agentId) {
    return log.warn("status update for another agent ignored", { taskId, agentId: status.agentId.value });
  }
  const complete = toStatus(completeStatus(core, executor, status));
  core.lanes.push(toLane(executor, taskId), () => {
    applyStatus(core, executor, complete);
    core.acknowledgements.send(executor, complete);
  });
}

/** Reports what the agent itself has to say of a task. Nobody acknowledges it to the executor. */
export function reportTask(core: AgentCore, task: TaskRecord, fate: Termination): void {
  const status = toStatus({
    ...fate,
    taskId: { value: task.id },
    source: fate.source ?? TaskStatus_Source.AGENT,
    agentId: { value: core.agentInfo.id?.value ?? "" },
    executorId: { value: task.executor.id },
    timestamp: core.settings.clock.now() / 1000,
    uuid: createUuid(),
  });
  core.lanes.push(toLane(task.executor, task.id), () => applyStatus(core, task.executor, status));
}

/** Fills in what agents fill in; networks of the executor's own stay as they are (contract A.8). */
function completeStatus(core: AgentCore, executor: ExecutorRecord, status: TaskStatus): StatusInit {
  const { host } = core.endpoint;
  const protocol = host.includes(":") ? NetworkInfo_Protocol.IPv6 : NetworkInfo_Protocol.IPv4;
  const own = status.containerStatus;
  const pid = executor.container?.pid;
  return {
    ...fieldsOf(status),
    agentId: { value: core.agentInfo.id?.value ?? "" },
    timestamp: isSet(status, "timestamp") ? status.timestamp : core.settings.clock.now() / 1000,
    containerStatus: {
      ...(pid === undefined ? {} : { executorPid: pid }),
      ...(own && fieldsOf(own)),
      containerId: own?.containerId ?? { value: executor.containerId },
      networkInfos: own?.networkInfos.length ? own.networkInfos : [{ ipAddresses: [{ protocol, ipAddress: host }] }],
    },
  };
}

function applyStatus(core: AgentCore, executor: ExecutorRecord, status: TaskStatus): void {
  const { log } = core.settings;
  const { framework } = executor;
  const taskId = status.taskId?.value ?? "";
  const task = framework.tasks.get(taskId);
  if (!task) return log.warn("status update of unknown task dropped", { taskId });
  const uuid = formatUuid(status.uuid);
  if (task.received.has(uuid)) return log.debug("status update repeated", { taskId, uuid });
  if (isTerminalState(task.state)) return log.debug("status update of ended task dropped", { taskId, uuid });
  task.received.add(uuid);
  task.state = status.state;
  if (isTerminalState(status.state)) release(core, task);
  core.reports.push({ kind: "update", frameworkId: framework.id, status });
}

/** Takes from an executor what its task had. */
function release(core: AgentCore, { id, info, executor }: TaskRecord): void {
  core.ledger.free(info.resources);
  try {
    unlinkVolumes(info.resources, { workDir: core.settings.workDir, sandbox: executor.sandbox });
  } catch (error) {
    // The volumes are as they were, and the next task in this sandbox finds their places taken.
    core.settings.log.warn("links of volumes left behind", { taskId: id, error: String(error) });
  }
}

function toLane(executor: ExecutorRecord, taskId: string): string {
  return `${executor.framework.id}/${taskId}`;
}
