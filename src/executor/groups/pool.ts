import type { EngineFault } from "../task/report.ts";
import { TaskError } from "../task/task_error.ts";
import type { TaskSpec } from "../task/task_spec.ts";
import type { ExecutorNetwork } from "./executor_network.ts";
import { InfraDraft } from "./infra_spec.ts";
import { groupNamespace } from "./namespace.ts";
import { takeNetworkParts } from "./network_parts.ts";

/** Tasks whose containers are made to share what a group shares. */
export interface Pool {
  /** Of the container that holds it; absent when the host holds it all. */
  infra?: TaskSpec;
  members: readonly TaskSpec[];
}

/** A pool, or the task that stands in its way. */
export type Pooled = { kind: "pool"; pool: Pool } | { kind: "fault"; taskId: string; fault: EngineFault };

const networkField = "HostConfig.NetworkMode";

/**
 * Gives the tasks of a group one network: that of the executor's ContainerInfo, else the one that a task names, else
 * Docker's bridge when ports are to be published, else the host's, as a container of Mesos without a network's name has
 * (contract C.1). On the host's network there is nothing to hold, and a container for the group is made only for tasks
 * that share processes or IPC.
 */
export function poolTasks(groupId: string, specs: readonly TaskSpec[], executor: ExecutorNetwork): Pooled {
  const mode = findMode(specs, executor);
  const draft = new InfraDraft(mode);
  draft.add(executor.parts);
  const members: TaskSpec[] = [];
  for (const spec of specs) {
    try {
      members.push(mode === "host" ? toHostMember(spec) : toMember(spec, mode, draft, executor));
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      return { kind: "fault", taskId: spec.taskId, fault: { code: error.code, message: error.message } };
    }
  }
  const isHeld = mode !== "host" || members.some(sharesNamespace);
  if (!isHeld) return { kind: "pool", pool: { members } };
  return { kind: "pool", pool: { infra: draft.toSpec(groupId), members: members.map(shareIpc) } };
}

function findMode(specs: readonly TaskSpec[], executor: ExecutorNetwork): string {
  const named = specs.find(namesNetwork);
  const isPublishing = [...specs, executor.parts].some(({ ports }) => ports.length > 0);
  return executor.mode ?? (named && modeOf(named)) ?? (isPublishing ? "bridge" : "host");
}

function modeOf(spec: TaskSpec): string {
  return spec.container.HostConfig?.NetworkMode ?? "";
}

function namesNetwork({ sources }: TaskSpec): boolean {
  return !(sources[networkField] ?? ["default"]).includes("default");
}

function toMember(spec: TaskSpec, mode: string, draft: InfraDraft, executor: ExecutorNetwork): TaskSpec {
  if (namesNetwork(spec) && modeOf(spec) !== mode) throw otherNetwork(spec, mode);
  if (spec.portsForExposed) {
    const source = spec.sources["HostConfig.PublishAllPorts"]?.join(", ") ?? "publish-all";
    throw new TaskError(
      "unsupported",
      `Cannot honour ${source}: in a task group only ports that are named are published`,
    );
  }
  const { parts, rest } = takeNetworkParts(spec);
  draft.add(parts);
  const networkInfo = spec.networkInfo ?? executor.networkInfo;
  const HostConfig = { ...rest.container.HostConfig, NetworkMode: groupNamespace };
  return { ...rest, container: { ...rest.container, HostConfig }, ...(networkInfo ? { networkInfo } : {}) };
}

function toHostMember(spec: TaskSpec): TaskSpec {
  if (namesNetwork(spec) && modeOf(spec) !== "host") throw otherNetwork(spec, "host");
  if (spec.container.Hostname !== undefined) {
    throw new TaskError("invalid", "Unable to set hostname with host network mode");
  }
  if (spec.ports.length > 0 || spec.portsForExposed) {
    throw new TaskError("invalid", "Port mappings are only supported for bridge and user-defined networks");
  }
  const HostConfig = { ...spec.container.HostConfig, NetworkMode: "host" };
  return { ...spec, container: { ...spec.container, HostConfig } };
}

function otherNetwork(spec: TaskSpec, mode: string): TaskError {
  const source = spec.sources[networkField]?.join(", ");
  return new TaskError("invalid", `Cannot use network "${modeOf(spec)}" (${source}): its task group is in "${mode}"`);
}

function sharesNamespace({ container: { HostConfig } }: TaskSpec): boolean {
  return [HostConfig?.PidMode, HostConfig?.IpcMode].includes(groupNamespace);
}

/** Tasks of a group have one IPC namespace, as one that says nothing has its parent's in Mesos; a size is for one's own. */
function shareIpc(spec: TaskSpec): TaskSpec {
  const { HostConfig = {} } = spec.container;
  if (HostConfig.IpcMode !== undefined || HostConfig.ShmSize !== undefined) return spec;
  return { ...spec, container: { ...spec.container, HostConfig: { ...HostConfig, IpcMode: groupNamespace } } };
}
