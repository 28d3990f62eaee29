import type { ContainerConfig, ContainerCreate, EndpointSettings } from "../container_spec.ts";
import { EngineError } from "../engine_error.ts";
import { type CallSubject, cannot } from "../http/call_guard.ts";
import { compareApiVersions } from "../http/negotiation.ts";
import { endpointSysctlsOption, findApiNeeds } from "./create_needs.ts";

/**
 * The request as a daemon takes it that is spoken to in this API version: what the versions moved is moved. Throws
 * `EngineError`: `unsupported` when it asks for something that the version does not know, because daemons drop that in
 * silence; `invalid` when it contradicts itself.
 */
export function fitCreateRequest(request: ContainerCreate, apiVersion: string, call: CallSubject): ContainerCreate {
  const isBefore = (other: string) => compareApiVersions(apiVersion, other) < 0;
  const moved = isBefore("1.44") ? moveMacToContainer(request.body) : moveMacToEndpoint(request.body, call);
  const body = isBefore("1.46") ? moved : moveSysctlsToEndpoint(moved);
  const fitted = { ...request, body };
  const missing = findApiNeeds(fitted)
    .filter((need) => isBefore(need.apiVersion))
    .map((need) => `${need.what} needs API ${need.apiVersion}`);
  if (body.HostConfig?.KernelMemory !== undefined && !isBefore("1.42")) {
    missing.push("HostConfig.KernelMemory is not known from API 1.42 on");
  }
  if (missing.length === 0) return fitted;
  throw new EngineError("unsupported", `${cannot(call)}: ${missing.join(", ")}, spoken is ${apiVersion}`);
}

/** Until 1.43 a container has one MAC address, in the network of its NetworkMode. */
function moveMacToContainer(body: ContainerConfig): ContainerConfig {
  const network = mainNetwork(body);
  const { MacAddress: address, ...rest } = endpointOf(body, network) ?? {};
  if (network === undefined || address === undefined || (body.MacAddress ?? address) !== address) return body;
  return { ...withEndpoint(body, network, rest), MacAddress: address };
}

/** From 1.44 on each endpoint has its own; the container's is taken with a warning, and from 1.52 on dropped in silence. */
function moveMacToEndpoint(body: ContainerConfig, call: CallSubject): ContainerConfig {
  const { MacAddress: address, ...rest } = body;
  if (address === undefined) return body;
  const network = mainNetwork(body);
  if (network === undefined) {
    const found = `MacAddress has no use with NetworkMode "${body.HostConfig?.NetworkMode}"`;
    throw new EngineError("invalid", `${cannot(call)}: ${found}`);
  }
  const endpoint = endpointOf(body, network);
  if ((endpoint?.MacAddress ?? address) !== address) {
    const found = `MacAddress is "${address}" and "${endpoint?.MacAddress}" in the network "${network}"`;
    throw new EngineError("invalid", `${cannot(call)}: ${found}`);
  }
  return withEndpoint(rest, network, { ...endpoint, MacAddress: address });
}

/** From 1.47 on daemons refuse sysctls of an interface in HostConfig: those of eth0 are the main network's. */
function moveSysctlsToEndpoint(body: ContainerConfig): ContainerConfig {
  const network = mainNetwork(body);
  const all = Object.entries(body.HostConfig?.Sysctls ?? {});
  const moving = all.filter(([name]) => /^net\.[^.]+\.[^.]+\.eth0\./.test(name));
  if (network === undefined || moving.length === 0) return body;
  const endpoint = endpointOf(body, network);
  const own = endpoint?.DriverOpts?.[endpointSysctlsOption];
  const settings = moving.map(([name, value]) => `${name.replace(".eth0.", ".IFNAME.")}=${value}`);
  // The last of two settings of one sysctl wins: the endpoint's own.
  const option = [...settings, ...(own === undefined ? [] : [own])].join(",");
  const staying = Object.fromEntries(all.filter((entry) => !moving.includes(entry)));
  return withEndpoint({ ...body, HostConfig: { ...body.HostConfig, Sysctls: staying } }, network, {
    ...endpoint,
    DriverOpts: { ...endpoint?.DriverOpts, [endpointSysctlsOption]: option },
  });
}

/** The network that is the container's own from its creation on, as Linux daemons name it; undefined without one. */
function mainNetwork(body: ContainerConfig): string | undefined {
  const mode = body.HostConfig?.NetworkMode || "default";
  if (mode === "host" || mode === "none" || mode.startsWith("container:")) return undefined;
  if (mode !== "default") return mode;
  return endpointOf(body, "default") === undefined ? "bridge" : "default";
}

function endpointOf(body: ContainerConfig, network: string | undefined): EndpointSettings | undefined {
  return network === undefined ? undefined : body.NetworkingConfig?.EndpointsConfig?.[network];
}

function withEndpoint(body: ContainerConfig, network: string, endpoint: EndpointSettings): ContainerConfig {
  const EndpointsConfig = { ...body.NetworkingConfig?.EndpointsConfig, [network]: endpoint };
  return { ...body, NetworkingConfig: { ...body.NetworkingConfig, EndpointsConfig } };
}
