import type { ContainerCreate, HostConfig, Mount } from "../../docker/mod.ts";
import type { PortMapping, TaskSpec } from "../task/task_spec.ts";

/** What is known of a container's mounts once the host has been looked at. */
export interface SettledMounts {
  binds: readonly string[];
  mounts: readonly Mount[];
}

/** What a create request needs beside the task's own description. */
export interface CreateOptions extends SettledMounts {
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Ports that the image exposes, e.g. `80/tcp`, and that the task has host ports for. */
  exposed?: readonly PortMapping[];
}

/** The request that creates a task's container (contract B.1, last column). */
export function toContainerCreate(spec: TaskSpec, options: CreateOptions): ContainerCreate {
  const { container, platform, image } = spec;
  const { HostConfig, ...config } = container;
  const ports = [...spec.ports, ...(options.exposed ?? [])];
  const exposed = Object.fromEntries(ports.map((port) => [toPortKey(port), {}]));
  return {
    name: options.name,
    ...(platform === undefined ? {} : { platform }),
    body: {
      Image: image,
      ...config,
      Labels: { ...config.Labels, ...options.labels },
      ...(ports.length > 0 ? { ExposedPorts: { ...config.ExposedPorts, ...exposed } } : {}),
      HostConfig: {
        ...HostConfig,
        ...(ports.length > 0 ? { PortBindings: toPortBindings(ports) } : {}),
        Binds: [...options.binds, ...(HostConfig?.Binds ?? [])],
        Mounts: [...options.mounts, ...(HostConfig?.Mounts ?? [])],
      },
    },
  };
}

/**
 * Ports that an image exposes, lowest first, beside the host ports that a task has left, in the order of its offer; what
 * is too many on either side has no other (contract D.5).
 */
export function mapExposed(exposed: readonly string[], spec: TaskSpec): PortMapping[] {
  const mapped = new Set(spec.ports.map(toPortKey));
  const wanted = exposed
    .map((key) => {
      const [number = "", protocol = "tcp"] = key.split("/");
      return { containerPort: Number(number), protocol };
    })
    .filter((port) => !mapped.has(toPortKey(port)))
    .sort((one, other) => one.containerPort - other.containerPort || (one.protocol < other.protocol ? -1 : 1));
  const hostPorts = spec.portsForExposed ?? [];
  return wanted.slice(0, hostPorts.length).map((port, index) => ({ ...port, hostPort: hostPorts[index] ?? 0 }));
}

function toPortKey(port: Pick<PortMapping, "containerPort" | "protocol">): string {
  return `${port.containerPort}/${port.protocol}`;
}

/** Several host ports may lead to one port of the container. */
function toPortBindings(ports: readonly PortMapping[]): NonNullable<HostConfig["PortBindings"]> {
  const bindings: Record<string, { HostIp?: string; HostPort: string }[]> = {};
  for (const port of ports) {
    const key = toPortKey(port);
    const address = port.hostIp === undefined ? {} : { HostIp: port.hostIp };
    bindings[key] = [...(bindings[key] ?? []), { ...address, HostPort: String(port.hostPort) }];
  }
  return bindings;
}
