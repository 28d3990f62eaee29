import {
  CredentialsError,
  type DockerConfig,
  findRegistryAuth,
  parseDockerConfig,
} from "../../../images/credentials/mod.ts";
import {
  type ContainerInfo,
  ContainerInfo_DockerInfo_Network as DockerNetwork,
  Image_Type,
  type TaskInfo,
} from "../../../mesos/protocol.ts";
import { TaskError } from "../../task/task_error.ts";
import { readSecretText } from "../secret.ts";
import type { NetworkName, StatedPort, Statement } from "../statement.ts";

type DockerInfo = NonNullable<ContainerInfo["docker"]>;
type Image = NonNullable<NonNullable<ContainerInfo["mesos"]>["image"]>;

/** What TaskInfo.container says of image, network and ports: by DockerInfo, or by MesosInfo as in task groups. */
export function readContainerInfo(task: TaskInfo): Statement {
  const { container } = task;
  const source = "TaskInfo.container";
  if (!container) return { source };
  const { docker } = container;
  const ports = [...(docker ? toPorts(docker.portMappings) : []), ...toPorts(container.networkInfos[0]?.portMappings)];
  return {
    source,
    ...(docker ? readDockerInfo(docker) : readMesosInfo(container)),
    ...toNetwork(container),
    ...(container.hostname ? { hostname: container.hostname } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  };
}

function readDockerInfo(docker: DockerInfo): Partial<Statement> {
  return {
    ...(docker.image ? { image: docker.image } : {}),
    ...(docker.forcePullImage ? { pull: "always" } : {}),
    ...(docker.privileged ? { privileged: "yes" } : {}),
    parameters: docker.parameters.map(({ key, value }) => ({ key, value, source: "DockerInfo.parameters" })),
  };
}

/** An image that may not come from the cache is pulled always. */
function readMesosInfo({ mesos }: ContainerInfo): Partial<Statement> {
  const image = mesos?.image;
  if (!image) return {};
  if (image.type !== Image_Type.DOCKER || !image.docker) {
    throw new TaskError("unsupported", "Cannot honour container.mesos.image: only images of type DOCKER can be run");
  }
  return {
    image: image.docker.name,
    ...(image.cached ? {} : { pull: "always" }),
    ...toAuth(image.docker),
  };
}

function toAuth({ name, config, credential }: NonNullable<Image["docker"]>): Partial<Statement> {
  if (config) {
    const field = "container.mesos.image.docker.config";
    const auth = findRegistryAuth(parseConfig(readSecretText(config, field), field), name);
    return auth ? { registryAuth: auth } : {};
  }
  if (!credential) return {};
  const { principal: username, secret: password = "" } = credential;
  return { registryAuth: { kind: "password", username, password, serverAddress: "" } };
}

function parseConfig(text: string, field: string): DockerConfig {
  try {
    return parseDockerConfig(text, field);
  } catch (cause) {
    if (!(cause instanceof CredentialsError)) throw cause;
    throw new TaskError("invalid", cause.message, { cause });
  }
}

/** A network that is not named is the host's for DockerInfo (contract B.1), and for MesosInfo without a network's name. */
function toNetwork(container: ContainerInfo): { network?: NetworkName } {
  const { docker, networkInfos } = container;
  if (!docker) {
    const name = takeOnly(networkInfos)?.name;
    if (!container.mesos?.image) return name ? { network: { kind: "user", name } } : {};
    return { network: name ? { kind: "user", name } : { kind: "host" } };
  }
  if (!Object.hasOwn(docker, "network")) return {};
  switch (docker.network) {
    case DockerNetwork.BRIDGE:
      return { network: { kind: "bridge" } };
    case DockerNetwork.NONE:
      return { network: { kind: "none" } };
    case DockerNetwork.USER:
      return { network: { kind: "user", name: toNetworkName(container) } };
    default:
      return { network: { kind: "host" } };
  }
}

function toNetworkName({ networkInfos }: ContainerInfo): string {
  const network = takeOnly(networkInfos);
  if (!network) throw new TaskError("invalid", "No network info found in container info");
  if (!network.name) throw new TaskError("invalid", "No network name found in network info");
  return network.name;
}

/** The container would be in the first network alone. */
function takeOnly<T>([network, ...others]: readonly T[]): T | undefined {
  if (others.length > 0) throw new TaskError("invalid", "Only a single network can be defined in Docker run");
  return network;
}

function toPorts(
  mappings: readonly { hostPort: number; containerPort: number; protocol: string }[] = [],
): StatedPort[] {
  return mappings.map(({ hostPort, containerPort, protocol }) => ({
    hostPort,
    containerPort,
    ...(protocol ? { protocol } : {}),
  }));
}
