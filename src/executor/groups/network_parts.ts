import type { ContainerConfig, EndpointSettings, HostConfig } from "../../docker/mod.ts";
import type { PortMapping, TaskSpec } from "../task/task_spec.ts";

/** What of a container belongs to its network, so that in a group it is the infra container's. */
export interface NetworkParts {
  config: { readonly [K in (typeof namedFields)[number]]?: string };
  lists: { readonly [K in (typeof listFields)[number]]?: readonly string[] };
  /** Those of the network namespace alone. */
  sysctls: Readonly<Record<string, string>>;
  exposed: NonNullable<ContainerConfig["ExposedPorts"]>;
  endpoints: Readonly<Record<string, EndpointSettings>>;
  ports: readonly PortMapping[];
}

/** Of these a network namespace has one. */
export const namedFields = ["Hostname", "Domainname", "MacAddress"] as const;

/** Of these it has as many as are said. */
export const listFields = ["Dns", "DnsOptions", "DnsSearch", "ExtraHosts", "Links"] as const;

/** Takes out of a task's spec what the daemon would refuse of a container that joins another one's network. */
export function takeNetworkParts(spec: TaskSpec): { parts: NetworkParts; rest: TaskSpec } {
  const { ExposedPorts, NetworkingConfig, HostConfig: host = {}, ...config } = spec.container;
  const { Sysctls = {}, ...hostRest } = host;
  const isOfNetwork = ([name]: [string, string]) => name.startsWith("net.");
  const sysctls = Object.entries(Sysctls);
  const others = Object.fromEntries(sysctls.filter((one) => !isOfNetwork(one)));
  const HostConfig: HostConfig = {
    ...without(hostRest, listFields),
    ...(Object.keys(others).length > 0 ? { Sysctls: others } : {}),
  };
  return {
    parts: {
      config: only(config, namedFields),
      lists: only(host, listFields),
      sysctls: Object.fromEntries(sysctls.filter(isOfNetwork)),
      exposed: ExposedPorts ?? {},
      endpoints: NetworkingConfig?.EndpointsConfig ?? {},
      ports: spec.ports,
    },
    rest: { ...spec, container: { ...without(config, namedFields), HostConfig }, ports: [] },
  };
}

function only<T extends object, K extends keyof T & string>(whole: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(Object.entries(whole).filter(([key]) => keys.includes(key as K))) as Pick<T, K>;
}

function without<T extends object, K extends keyof T & string>(whole: T, keys: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(whole).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;
}
