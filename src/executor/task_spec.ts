import type { NetworkInfo } from "../mesos/protocol.ts";

/** A port of the host that leads to one of the container. */
export interface PortMapping {
  hostPort: number;
  containerPort: number;
  /** Lower case: `tcp`, `udp` or `sctp`. */
  protocol: string;
}

/** A directory or file of the host inside the container. */
export interface VolumeSpec {
  /** Absolute path on the host. */
  source: string;
  /** Absolute path in the container. */
  target: string;
  mode: "rw" | "ro";
}

/** Network that the container joins. */
export type NetworkSpec = { kind: "host" } | { kind: "bridge" } | { kind: "none" } | { kind: "user"; name: string };

/** Limits in the daemon's units; what is absent is not limited. */
export interface ResourceLimits {
  cpuShares?: number;
  /** Microseconds of CPU time per period of 100 ms. */
  cpuQuota?: number;
  memoryBytes?: number;
  memoryReservationBytes?: number;
  oomScoreAdj?: number;
}

/** Everything that a task asks for, resolved from all that can say it, and checked. */
export interface TaskSpec {
  taskId: string;
  image: string;
  /** Whether the image is pulled even when it is here. */
  pull: "always" | "missing";
  /** Replaces the image's ENTRYPOINT. */
  entrypoint?: readonly string[];
  /** Replaces the image's CMD. */
  command?: readonly string[];
  environment: ReadonlyMap<string, string>;
  network: NetworkSpec;
  /** What the task says of its network; reported back with the container's addresses. */
  networkInfo?: NetworkInfo;
  hostname?: string;
  ports: readonly PortMapping[];
  volumes: readonly VolumeSpec[];
  limits: ResourceLimits;
  privileged: "yes" | "no";
  /** Grace of a kill that names none. */
  killGraceMs?: number;
}
