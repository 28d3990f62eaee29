/** Who a container belongs to; written on it as labels. */
export interface ContainerOwner {
  frameworkId: string;
  executorId: string;
  agentId: string;
  /** Mesos' container id of the executor. */
  containerId: string;
  /** The executor's process. */
  pid: number;
  /** Start of that process in clock ticks since boot (field 22 of /proc/PID/stat): a pid alone is used again. */
  startTime: string;
}

/**
 * A name for the container of a task. It never begins with `mesos-`: an agent with the Docker containerizer removes
 * such containers when it does not know them (contract, trap 1).
 */
export function createContainerName(taskId: string): string {
  const readable = taskId.replace(/[^a-zA-Z0-9_.-]+/g, "_").slice(0, 180);
  return `task-${readable}-${randomHex()}`;
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
    "mesos-docker.task": taskId,
    "mesos-docker.owner.pid": String(owner.pid),
    "mesos-docker.owner.start-time": owner.startTime,
  };
}
