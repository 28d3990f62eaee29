import type { HostConfig } from "../../docker/mod.ts";
import type { TaskSpec } from "../task/task_spec.ts";
import type { StartedContainer } from "../task/task_state.ts";
import { groupNamespace } from "./namespace.ts";

/** The container that holds what a group shares, once it runs. */
export interface RunningInfra {
  containerId: string;
  addresses: StartedContainer["addresses"];
}

/** A member's spec, that names the container whose namespaces it joins, and knows its address (contract C.1). */
export function joinInfra(spec: TaskSpec, { containerId, addresses }: RunningInfra): TaskSpec {
  const { HostConfig = {}, ...config } = spec.container;
  const joined: HostConfig = Object.fromEntries(
    Object.entries(HostConfig).map(([key, mode]) => [key, mode === groupNamespace ? `container:${containerId}` : mode]),
  );
  const container = { ...config, HostConfig: joined };
  const [first] = addresses;
  return withContainerAddress({ ...spec, container, groupContainer: containerId }, first?.address);
}

/** A member's spec with MESOS_CONTAINER_IP; that of a member on the host's network is the agent's. */
export function withContainerAddress(spec: TaskSpec, address: string | undefined): TaskSpec {
  if (address === undefined) return spec;
  const name = "MESOS_CONTAINER_IP=";
  const others = (spec.container.Env ?? []).filter((entry) => !entry.startsWith(name));
  return { ...spec, container: { ...spec.container, Env: [...others, name + address] } };
}
