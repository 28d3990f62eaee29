import { formatDocument } from "../executor/translation/document.ts";
import type { ExecutorInit, TaskInit } from "../mesos/embedded/mod.ts";
import { ContainerInfo_DockerInfo_Network, ContainerInfo_Type, type Resource, Volume_Mode } from "../mesos/protocol.ts";
import type { RunRequest } from "./run_request.ts";

/** What one instance is launched with. */
export interface TaskPlace {
  taskId: string;
  agentId: string;
  /** As they were allocated, the ports in the order of the request's. */
  resources: Resource[];
  hostPorts: readonly number[];
  executor: ExecutorInit;
}

const networks = new Map<string, ContainerInfo_DockerInfo_Network>([
  ["bridge", ContainerInfo_DockerInfo_Network.BRIDGE],
  ["host", ContainerInfo_DockerInfo_Network.HOST],
  ["none", ContainerInfo_DockerInfo_Network.NONE],
]);

/** The TaskInfo of one instance: what Marathon or any other framework would send (contract H.3). */
export function toTaskInfo(request: RunRequest, place: TaskPlace): TaskInit {
  const network = networks.get(request.network) ?? ContainerInfo_DockerInfo_Network.USER;
  return {
    name: request.name,
    taskId: { value: place.taskId },
    agentId: { value: place.agentId },
    resources: place.resources,
    executor: place.executor,
    killPolicy: { gracePeriod: { nanoseconds: BigInt(Math.round(request.graceMs * 1e6)) } },
    data: toData(request),
    container: {
      type: ContainerInfo_Type.DOCKER,
      volumes: request.volumes.map(({ hostPath, containerPath, mode }) => ({
        hostPath,
        containerPath,
        mode: mode === "ro" ? Volume_Mode.RO : Volume_Mode.RW,
      })),
      ...(network === ContainerInfo_DockerInfo_Network.USER ? { networkInfos: [{ name: request.network }] } : {}),
      docker: {
        image: request.image,
        network,
        forcePullImage: request.pull === "always",
        parameters: request.parameters.map(({ key, value }) => ({ key, value })),
        portMappings: request.ports.map(({ containerPort, protocol }, index) => ({
          containerPort,
          protocol,
          hostPort: place.hostPorts[index] ?? 0,
        })),
      },
    },
  };
}

/**
 * Variables stand here, not in ExecutorInfo: that is the environment of the executor itself, which obeys DOCKER_HOST,
 * MESOS_* and BUN_* in it.
 */
function toData({ command, environment, pull, logs }: RunRequest): Uint8Array {
  const { maxBytes, maxFiles } = logs;
  return formatDocument({
    ...(command.length > 0 ? { command } : {}),
    ...(environment.length > 0 ? { env: Object.fromEntries(environment.map(({ name, value }) => [name, value])) } : {}),
    ...(pull === "never" ? { pull } : {}),
    ...(maxBytes === undefined ? {} : { logs: { maxSize: maxBytes, ...(maxFiles === undefined ? {} : { maxFiles }) } }),
  });
}
