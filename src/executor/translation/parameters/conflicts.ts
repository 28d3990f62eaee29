import type { ContainerDraft, HostFields } from "../container_draft.ts";
import { quote } from "./fault.ts";
import type { Course } from "./flag.ts";

/**
 * What the daemon would refuse or silently drop, though each value is fine by itself. Each fault names both sides and who said
 * them, because one of them is often the task's own resources.
 */
export function findConflicts(course: Course): string[] {
  return [
    ...findCpuConflicts(course.draft),
    ...findMemoryConflicts(course.draft),
    ...findNetworkConflicts(course),
    ...findOthers(course.draft),
  ];
}

/** What the daemon takes, and has no effect. */
export function findIdle({ draft: { host }, seen }: Course): string[] {
  const ipc = host.get("IpcMode") ?? "";
  const shmSource = seen.get("shm-size");
  const hasForeignShm = ipc === "host" || ipc === "none" || ipc.startsWith("container:");
  return [
    ...(host.get("OomKillDisable") && !host.get("Memory")
      ? [`${host.sourceOf("OomKillDisable")} without a memory limit lets the container take all memory of the host`]
      : []),
    ...(shmSource !== undefined && hasForeignShm ? [`${shmSource} has no effect with ipc ${quote(ipc)}`] : []),
  ];
}

/** MESOS-7006: a limit of cpus is either a number of them or a quota in a period. */
function findCpuConflicts({ host }: ContainerDraft): string[] {
  if (!host.get("NanoCpus")) return [];
  const others = (["CpuQuota", "CpuPeriod"] as const).filter((field) => host.get(field));
  return others.map((field) => `${said(host, "NanoCpus")} excludes ${said(host, field)}`);
}

function findMemoryConflicts({ host }: ContainerDraft): string[] {
  const memory = host.get("Memory") ?? 0;
  const swap = host.get("MemorySwap") ?? 0;
  const reservation = host.get("MemoryReservation") ?? 0;
  return [
    ...(swap > 0 && memory === 0 ? [`${said(host, "MemorySwap")} needs a memory limit as well`] : []),
    ...(memory > 0 && swap > 0 && swap < memory
      ? [`${said(host, "MemorySwap")} is memory and swap together, and less than ${said(host, "Memory")}`]
      : []),
    ...(memory > 0 && reservation > memory
      ? [`${said(host, "MemoryReservation")} is more than ${said(host, "Memory")}`]
      : []),
  ];
}

function said(host: ContainerDraft["host"], field: keyof HostFields & string): string {
  return `HostConfig.${field} ${host.get(field)} (${host.sourceOf(field)})`;
}

function findNetworkConflicts({ draft, seen }: Course): string[] {
  const { host, config, networkMode, ports } = draft;
  const isJoined = networkMode.startsWith("container:");
  const isUnpublished = networkMode === "host" || networkMode === "none" || isJoined;
  const isLinkless = networkMode === "host" || isJoined;
  const inField = (field: "Links" | "Dns" | "ExtraHosts") => (host.get(field)?.length ? [host.sourceOf(field)] : []);
  const sources = [
    ...(isUnpublished ? ports.map(({ source }) => source) : []),
    ...(isUnpublished && draft.publishExposed === "yes" ? listSeen(seen, "publish-all") : []),
    ...(isLinkless ? inField("Links") : []),
    ...(isJoined ? [...inField("Dns"), ...inField("ExtraHosts")] : []),
    ...(isJoined && config.get("Hostname") ? [config.sourceOf("Hostname")] : []),
    ...(isJoined && Object.keys(config.get("ExposedPorts") ?? {}).length > 0 ? [config.sourceOf("ExposedPorts")] : []),
  ];
  return [...new Set(sources)].map((source) => `${source} is not possible in network ${quote(networkMode)}`);
}

function findOthers({ host, config }: ContainerDraft): string[] {
  const log = host.get("LogConfig");
  const names = (["Hostname", "Domainname"] as const).filter((field) => config.get(field));
  const hasLostOptions = log?.Type === "none" && Object.keys(log.Config ?? {}).length > 0;
  return [
    ...(host.get("UTSMode") === "host" ? names : []).map(
      (field) => `${config.sourceOf(field)} is not possible with ${host.sourceOf("UTSMode")}, which is the host's`,
    ),
    ...(hasLostOptions ? [`${host.sourceOf("LogConfig")} has options, and log driver "none" takes none`] : []),
  ];
}

function listSeen(seen: Course["seen"], key: string): string[] {
  const source = seen.get(key);
  return source === undefined ? [] : [source];
}
