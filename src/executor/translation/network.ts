import { ContainerInfo_DockerInfo_Network, type TaskInfo } from "../../mesos/protocol.ts";
import { TaskError } from "../task_error.ts";
import type { NetworkSpec, PortMapping } from "../task_spec.ts";

/** The network that DockerInfo names; none named is the host's (contract B.1). */
export function toNetwork(task: TaskInfo): NetworkSpec {
  const docker = task.container?.docker;
  if (!docker) return { kind: "bridge" };
  switch (docker.network) {
    case ContainerInfo_DockerInfo_Network.BRIDGE:
      return { kind: "bridge" };
    case ContainerInfo_DockerInfo_Network.NONE:
      return { kind: "none" };
    case ContainerInfo_DockerInfo_Network.USER:
      return { kind: "user", name: toNetworkName(task) };
    default:
      return { kind: "host" };
  }
}

function toNetworkName(task: TaskInfo): string {
  const [network, ...others] = task.container?.networkInfos ?? [];
  if (!network) throw new TaskError("invalid", "No network info found in container info");
  if (others.length > 0) throw new TaskError("invalid", "Only a single network can be defined in Docker run");
  if (!network.name) throw new TaskError("invalid", "No network name found in network info");
  return network.name;
}

/** The container's host name; a container in the host's network has none of its own. */
export function toHostname(task: TaskInfo, network: NetworkSpec): string | undefined {
  const hostname = task.container?.hostname || undefined;
  if (hostname !== undefined && network.kind === "host") {
    throw new TaskError("invalid", "Unable to set hostname with host network mode");
  }
  return hostname;
}

/** Port mappings, each of whose host ports must have been offered to the task (contract B.1). */
export function toPortMappings(task: TaskInfo, network: NetworkSpec): PortMapping[] {
  const mappings = task.container?.docker?.portMappings ?? [];
  if (mappings.length === 0) return [];
  if (network.kind !== "bridge" && network.kind !== "user") {
    throw new TaskError("invalid", "Port mappings are only supported for bridge and user-defined networks");
  }
  const offered = task.resources
    .filter((resource) => resource.name === "ports")
    .flatMap((resource) => resource.ranges?.range ?? []);
  if (offered.length === 0) throw new TaskError("invalid", "Port mappings require port resources");
  return mappings.map((mapping) => {
    const { hostPort, containerPort } = mapping;
    if (!offered.some((range) => range.begin <= BigInt(hostPort) && BigInt(hostPort) <= range.end)) {
      throw new TaskError("invalid", `Port [${hostPort}] not included in resources`);
    }
    return { hostPort, containerPort, protocol: mapping.protocol.toLowerCase() || "tcp" };
  });
}
