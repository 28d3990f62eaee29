import type { ExecutorInfo, NetworkInfo } from "../../mesos/protocol.ts";
import { TaskError } from "../task/task_error.ts";
import type { OfferedPorts } from "../translation/offered_ports.ts";
import type { NetworkParts } from "./network_parts.ts";

/** What ExecutorInfo.container says of the network that the tasks of a group share (contract C.1). */
export interface ExecutorNetwork {
  /** Absent when it names none. */
  mode?: string;
  parts: NetworkParts;
  /** Reported back with the addresses of tasks that have none of their own. */
  networkInfo?: NetworkInfo;
}

/**
 * Reads the network of the executor's container: in a group it is the place where frameworks say the network, its host name
 * and its ports. `offered` are the ports of all who may pay for them. Throws {@link TaskError} `invalid`.
 */
export function readExecutorNetwork({ container }: ExecutorInfo, offered: readonly OfferedPorts[]): ExecutorNetwork {
  const [networkInfo, ...others] = container?.networkInfos ?? [];
  if (others.length > 0) {
    throw new TaskError(
      "invalid",
      "Cannot use ExecutorInfo.container.network_infos: a task group has a single network",
    );
  }
  const ports = (networkInfo?.portMappings ?? []).map(({ hostPort, containerPort, protocol }) => {
    if (!offered.some((one) => one.has(hostPort))) {
      throw new TaskError("invalid", `Port [${hostPort}] not included in resources (ExecutorInfo.container)`);
    }
    return { hostPort, containerPort, protocol: (protocol || "tcp").toLowerCase() };
  });
  return {
    ...(networkInfo?.name ? { mode: networkInfo.name } : {}),
    parts: {
      config: container?.hostname ? { Hostname: container.hostname } : {},
      lists: {},
      sysctls: {},
      exposed: {},
      endpoints: {},
      ports,
    },
    ...(networkInfo ? { networkInfo } : {}),
  };
}
