import { taskLabel } from "../../images/task_label.ts";
import type { ProcessIdentity } from "../../runtime/process_identity.ts";

/** Who a container belongs to; written on it as labels. */
export interface ContainerOwner extends ProcessIdentity {
  frameworkId: string;
  executorId: string;
  agentId: string;
  /** Mesos' container id of the executor. */
  containerId: string;
}

/** Every container of a task group has this label, with the group's id: that of its first task. */
export const groupLabel = "mesos-docker.group";

const ownerLabels = {
  pid: "mesos-docker.owner.pid",
  startTime: "mesos-docker.owner.start-time",
  bootId: "mesos-docker.owner.boot",
  pidNamespace: "mesos-docker.owner.pid-namespace",
} as const;

/**
 * A name for the container of a task. It never begins with `mesos-`: an agent with the Docker containerizer removes
 * such containers when it does not know them (contract, trap 1).
 */
export function createContainerName(taskId: string): string {
  return createName("task", taskId);
}

/** A name for the container that holds what a task group shares. */
export function createGroupName(groupId: string): string {
  return createName("group", groupId);
}

function createName(kind: "task" | "group", id: string): string {
  const readable = id.replace(/[^a-zA-Z0-9_.-]+/g, "_").slice(0, 180);
  return `${kind}-${readable}-${randomHex()}`;
}

/** Eight hexadecimal digits. Not from node:crypto, whose import an executor's start would pay for. */
function randomHex(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1));
  return number.toString(16).padStart(8, "0");
}

/** Labels by which containers are found again when their executor is gone. */
export function toLabels(owner: ContainerOwner, taskId: string): Record<string, string> {
  return {
    "mesos-docker.framework": owner.frameworkId,
    "mesos-docker.executor": owner.executorId,
    "mesos-docker.agent": owner.agentId,
    "mesos-docker.container": owner.containerId,
    [taskLabel]: taskId,
    [ownerLabels.pid]: String(owner.pid),
    [ownerLabels.startTime]: owner.startTime,
    [ownerLabels.bootId]: owner.bootId,
    [ownerLabels.pidNamespace]: owner.pidNamespace,
  };
}

/** The process that labels name; `undefined` when they do not name one. */
export function readOwner(labels: Readonly<Record<string, string>>): ProcessIdentity | undefined {
  const pid = Number(labels[ownerLabels.pid]);
  const { [ownerLabels.startTime]: startTime, [ownerLabels.bootId]: bootId } = labels;
  const pidNamespace = labels[ownerLabels.pidNamespace];
  if (!Number.isSafeInteger(pid) || pid < 1 || !startTime || !/^\d+$/.test(startTime)) return undefined;
  return bootId && pidNamespace ? { pid, startTime, bootId, pidNamespace } : undefined;
}
