import type { RegistryAuth } from "../../docker/mod.ts";
import type { HealthcheckManner } from "../checks/check_spec.ts";
import type { PullPolicy } from "../task/task_spec.ts";
import type { Parameter } from "./parameters/parameter.ts";

/** The network that a carrier names. */
export type NetworkName = { kind: "host" | "bridge" | "none" } | { kind: "user"; name: string };

/** A port as a carrier maps it; the host port must be one that was offered. */
export interface StatedPort {
  hostPort: number;
  containerPort: number;
  /** Any case; `tcp` unless given. */
  protocol?: string;
}

/** A volume by paths: relative ones lie in the sandbox (contract B.3). */
export interface StatedVolume {
  hostPath: string;
  containerPath: string;
  mode: "rw" | "ro";
  /** Driver of a `hostPath` that is a volume's name. */
  driver?: string;
  options?: Readonly<Record<string, string>>;
}

/** Limits of log files as a carrier states them. */
export interface StatedLogs {
  maxBytes?: number;
  maxFiles?: number;
}

/**
 * What one carrier says of the container, whatever its form: TaskInfo.container, our document in TaskInfo.data, a label,
 * the JSON of old Marathon, argv. What it does not say is absent.
 */
export interface Statement {
  /** Name of the carrier, e.g. `TaskInfo.data`. */
  source: string;
  image?: string;
  /** Path in the sandbox of an archive that brings the image. */
  imageArchive?: string;
  pull?: PullPolicy;
  platform?: string;
  privileged?: "yes" | "no";
  network?: NetworkName;
  hostname?: string;
  ports?: readonly StatedPort[];
  volumes?: readonly StatedVolume[];
  parameters?: readonly Parameter[];
  /** Replaces the image's ENTRYPOINT. */
  entrypoint?: readonly string[];
  /** A line for /bin/sh, or words that replace the image's CMD. */
  command?: string | readonly string[];
  /** Words behind the command, or in the place of the image's CMD. */
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  user?: string;
  workdir?: string;
  stopSignal?: string;
  logs?: StatedLogs;
  healthcheck?: HealthcheckManner | "off";
  registryAuth?: RegistryAuth;
}
