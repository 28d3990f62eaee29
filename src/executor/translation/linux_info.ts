import {
  CapabilityInfo_Capability,
  type ContainerInfo,
  type LinuxInfo,
  LinuxInfo_IpcMode,
} from "../../mesos/protocol.ts";
import { groupNamespace } from "../groups/namespace.ts";
import { TaskError } from "../task/task_error.ts";
import type { ContainerDraft } from "./container_draft.ts";

const mebibyte = 2 ** 20;
const field = "container.linux_info";

const capabilityNames: ReadonlyMap<number, string> = new Map(
  Object.entries(CapabilityInfo_Capability).map(([name, number]) => [number, name]),
);

/** What a task's LinuxInfo is read against. */
export interface LinuxContext {
  /** What the task's parent container is: its group's own, or the executor's. */
  parent: "group" | "host";
  /** Gives a profile of the operator's by its name. */
  readSeccomp: (name: string) => string;
}

/** Capabilities, namespaces, seccomp and shared memory. */
export function draftLinuxInfo(
  container: ContainerInfo | undefined,
  draft: ContainerDraft,
  { parent, readSeccomp }: LinuxContext,
): void {
  const linux = container?.linuxInfo;
  if (!linux) return;
  draftCapabilities(linux, draft);
  draftSeccomp(linux, draft, readSeccomp);
  // The executor's container shares both with its host unless an isolator is used.
  const parents = parent === "group" ? groupNamespace : "host";
  if (linux.sharePidNamespace) draft.host.set("PidMode", parents, `${field}.share_pid_namespace`);
  if (linux.ipcMode === LinuxInfo_IpcMode.PRIVATE) draft.host.set("IpcMode", "private", `${field}.ipc_mode`);
  if (linux.ipcMode === LinuxInfo_IpcMode.SHARE_PARENT) {
    if (linux.shmSize > 0) {
      throw new TaskError("invalid", `Cannot use ${field}.shm_size: shared memory of the parent has its size already`);
    }
    draft.host.set("IpcMode", parents, `${field}.ipc_mode`);
  }
  if (linux.shmSize > 0) draft.host.set("ShmSize", linux.shmSize * mebibyte, `${field}.shm_size`);
}

/** Docker grants one set, which bounds what the container can have: all others are dropped. */
function draftCapabilities(linux: LinuxInfo, { host }: ContainerDraft): void {
  const effective = toNames(linux.effectiveCapabilities);
  const bounding = toNames(linux.boundingCapabilities ?? linux.capabilityInfo);
  const granted = effective ?? bounding;
  if (!granted) return;
  const beyond = effective && bounding ? bounding.filter((name) => !effective.includes(name)) : [];
  if (beyond.length > 0) {
    const found = `${beyond.join(", ")} are not in effective_capabilities, and Docker has one set for both`;
    throw new TaskError("unsupported", `Cannot honour ${field}.bounding_capabilities: ${found}`);
  }
  const outside = effective && bounding ? effective.filter((name) => !bounding.includes(name)) : [];
  if (outside.length > 0) {
    const found = `${outside.join(", ")} are not in bounding_capabilities`;
    throw new TaskError("invalid", `Cannot use ${field}.effective_capabilities: ${found}`);
  }
  const source = `${field}.${effective ? "effective_capabilities" : "bounding_capabilities"}`;
  if (host.get("Privileged")) {
    throw new TaskError("invalid", `Cannot use ${source}: a privileged container has all capabilities`);
  }
  host.add("CapDrop", ["ALL"], source);
  host.add("CapAdd", granted, source);
}

function toNames(info: LinuxInfo["effectiveCapabilities"]): string[] | undefined {
  return info?.capabilities.map((number) => capabilityNames.get(number) ?? `UNKNOWN_${number}`);
}

function draftSeccomp(
  linux: LinuxInfo,
  { host, operatorOptions }: ContainerDraft,
  readSeccomp: (name: string) => string,
): void {
  const { seccomp } = linux;
  if (!seccomp) return;
  const { profileName, unconfined } = seccomp;
  if (unconfined && profileName) {
    throw new TaskError("invalid", `Cannot use ${field}.seccomp: profile_name and unconfined exclude each other`);
  }
  if (unconfined) host.add("SecurityOpt", ["seccomp=unconfined"], `${field}.seccomp.unconfined`);
  if (!profileName) return;
  const option = `seccomp=${readSeccomp(profileName)}`;
  operatorOptions.push(option);
  host.add("SecurityOpt", [option], `${field}.seccomp.profile_name`);
}
