import type { ContainerCreate } from "../docker/mod.ts";
import type { NetworkSpec, TaskSpec, VolumeSpec } from "./task_spec.ts";

/** Name that the daemon knows a network by. */
function toNetworkMode(network: NetworkSpec): string {
  return network.kind === "user" ? network.name : network.kind;
}

/**
 * A volume as a bind. `HostConfig.Binds` creates a source that is missing, as the stock executor does; a path with a
 * colon fits only into `HostConfig.Mounts`.
 */
function isBindable(volume: VolumeSpec): boolean {
  return !volume.source.includes(":") && !volume.target.includes(":");
}

/** The request that creates a task's container (contract B.1, last column). */
export function toContainerCreate(
  spec: TaskSpec,
  options: { name: string; labels: Readonly<Record<string, string>> },
): ContainerCreate {
  const portKey = (port: TaskSpec["ports"][number]) => `${port.containerPort}/${port.protocol}`;
  const { limits } = spec;
  return {
    name: options.name,
    body: {
      Image: spec.image,
      ...(spec.entrypoint ? { Entrypoint: [...spec.entrypoint] } : {}),
      ...(spec.command ? { Cmd: [...spec.command] } : {}),
      Env: [...spec.environment].map(([name, value]) => `${name}=${value}`),
      Labels: { ...options.labels },
      ...(spec.hostname === undefined ? {} : { Hostname: spec.hostname }),
      ...(spec.ports.length > 0
        ? { ExposedPorts: Object.fromEntries(spec.ports.map((port) => [portKey(port), {}])) }
        : {}),
      HostConfig: {
        NetworkMode: toNetworkMode(spec.network),
        ...(spec.privileged === "yes" ? { Privileged: true } : {}),
        ...(spec.ports.length > 0 ? { PortBindings: toPortBindings(spec, portKey) } : {}),
        Binds: spec.volumes.filter(isBindable).map(({ source, target, mode }) => `${source}:${target}:${mode}`),
        Mounts: spec.volumes
          .filter((volume) => !isBindable(volume))
          .map(({ source, target, mode }) => ({
            Type: "bind",
            Source: source,
            Target: target,
            ReadOnly: mode === "ro",
          })),
        ...(limits.cpuShares === undefined ? {} : { CpuShares: limits.cpuShares }),
        ...(limits.cpuQuota === undefined ? {} : { CpuQuota: limits.cpuQuota }),
        ...(limits.memoryBytes === undefined ? {} : { Memory: limits.memoryBytes }),
        ...(limits.memoryReservationBytes === undefined ? {} : { MemoryReservation: limits.memoryReservationBytes }),
        ...(limits.oomScoreAdj === undefined ? {} : { OomScoreAdj: limits.oomScoreAdj }),
      },
    },
  };
}

/** Several host ports may lead to one port of the container. */
function toPortBindings(
  spec: TaskSpec,
  portKey: (port: TaskSpec["ports"][number]) => string,
): Record<string, { HostPort: string }[]> {
  const bindings: Record<string, { HostPort: string }[]> = {};
  for (const port of spec.ports) {
    const key = portKey(port);
    bindings[key] = [...(bindings[key] ?? []), { HostPort: String(port.hostPort) }];
  }
  return bindings;
}
