import { type ContainerInfo, NetworkInfo_Protocol } from "../../mesos/protocol.ts";
import { TaskError } from "../task/task_error.ts";
import type { PortMapping } from "../task/task_spec.ts";
import type { ContainerDraft, DraftedPort } from "./container_draft.ts";
import type { OfferedPorts } from "./offered_ports.ts";
import type { NetworkName, StatedPort } from "./statement.ts";

/** Which host ports may be published: the task's own, or any (the operator's `published_ports`). */
export type PublishedPorts = "offered" | "any";

/** What carriers say of the network. */
export interface StatedNetwork {
  network: NetworkName;
  hostname?: string;
  ports: readonly { stated: StatedPort; source: string }[];
}

/** Name that the daemon knows a network by. */
function toNetworkMode(network: NetworkName): string {
  return network.kind === "user" ? network.name : network.kind;
}

/** Network, host name and port mappings; parameters may still change all of them (contract B.1). */
export function draftNetwork(
  stated: StatedNetwork,
  source: string,
  offered: OfferedPorts,
  draft: ContainerDraft,
): void {
  const { network, hostname, ports } = stated;
  draft.setNetwork(toNetworkMode(network), source);
  if (hostname !== undefined) {
    if (network.kind === "host") throw new TaskError("invalid", "Unable to set hostname with host network mode");
    draft.config.set("Hostname", hostname, "hostname");
  }
  if (ports.length === 0) return;
  if (network.kind !== "bridge" && network.kind !== "user") {
    throw new TaskError("invalid", "Port mappings are only supported for bridge and user-defined networks");
  }
  if (offered.isEmpty) throw new TaskError("invalid", "Port mappings require port resources");
  draft.ports.push(...ports.map((port) => toPort(port.stated, port.source, offered)));
}

function toPort(stated: StatedPort, source: string, offered: OfferedPorts): DraftedPort {
  const { hostPort, containerPort } = stated;
  if (!offered.has(hostPort)) throw new TaskError("invalid", `Port [${hostPort}] not included in resources`);
  if (containerPort < 1 || containerPort > 65_535) {
    throw new TaskError("invalid", `Cannot use ${source}: container port ${containerPort} is none`);
  }
  const protocol = (stated.protocol || "tcp").toLowerCase();
  if (!["tcp", "udp", "sctp"].includes(protocol)) {
    throw new TaskError("invalid", `Cannot use ${source}: protocol "${stated.protocol}" is not tcp, udp or sctp`);
  }
  return { hostPort, containerPort, protocol, source };
}

/** Addresses that the task wants in a network of the user's; the daemon gives them nowhere else. */
export function draftAddresses(container: ContainerInfo | undefined, draft: ContainerDraft): void {
  const [info, ...others] = container?.networkInfos ?? [];
  if (!info) return;
  if (others.length > 0) throw new TaskError("invalid", "Only a single network can be defined in Docker run");
  if (info.groups.length > 0) {
    throw new TaskError("unsupported", "Cannot honour container.network_infos.groups: Docker has no network groups");
  }
  const wanted = info.ipAddresses.filter(({ ipAddress }) => ipAddress !== "");
  if (wanted.length === 0) return;
  if (isBuiltIn(draft.networkMode)) {
    const found = `network "${draft.networkMode}" takes no addresses, only a network of its own does`;
    throw new TaskError("invalid", `Cannot honour container.network_infos.ip_addresses: ${found}`);
  }
  const given = new Set<string>();
  for (const { protocol, ipAddress } of wanted) {
    const family = protocol === NetworkInfo_Protocol.IPv6 ? "IPv6" : "IPv4";
    if (given.has(family)) {
      const found = `Docker gives a container one address of each protocol, and two of ${family} are asked for`;
      throw new TaskError("invalid", `Cannot honour container.network_infos.ip_addresses: ${found}`);
    }
    given.add(family);
    const key = `${family}Address` as const;
    draft.setEndpoint(draft.networkMode, { IPAMConfig: { [key]: ipAddress } });
  }
  draft.note("NetworkingConfig.EndpointsConfig", "container.network_infos.ip_addresses");
}

/** Whether a network is one of those that every daemon has, or another container's. */
export function isBuiltIn(networkMode: string): boolean {
  return ["host", "bridge", "none", "default"].includes(networkMode) || networkMode.startsWith("container:");
}

/** Whether ports of a container in this network can be published at all. */
export function canPublish(networkMode: string): boolean {
  return !["host", "none"].includes(networkMode) && !networkMode.startsWith("container:");
}

/** Gives each port of the draft its host port: the one that it names, else one of the task's that nothing else uses. */
export function settlePorts(draft: ContainerDraft, offered: OfferedPorts, published: PublishedPorts): PortMapping[] {
  if (draft.ports.length > 0 && !canPublish(draft.networkMode)) {
    throw new TaskError("invalid", "Port mappings are only supported for bridge and user-defined networks");
  }
  const free = listFree(draft, offered);
  return draft.ports.map(({ source, ...port }) => {
    const { hostPort } = port;
    if (hostPort === undefined) return { ...port, hostPort: free.shift() ?? noneLeft(port.containerPort, source) };
    if (published === "offered" && !offered.has(hostPort)) {
      throw new TaskError("invalid", `Port [${hostPort}] not included in resources (${source})`);
    }
    return { ...port, hostPort };
  });
}

/** Offered ports that the draft does not name, in the order of the offer. */
export function listFree(draft: ContainerDraft, offered: OfferedPorts): number[] {
  const named = new Set(draft.ports.map(({ hostPort }) => hostPort));
  return offered.list().filter((port) => port > 0 && !named.has(port));
}

function noneLeft(containerPort: number, source: string): never {
  const found = "the task's resources have no host port left for it";
  throw new TaskError("invalid", `Cannot publish container port ${containerPort} (${source}): ${found}`);
}
