import type { ContainerConfig, RegistryAuth } from "../../docker/mod.ts";
import type { NetworkInfo } from "../../mesos/protocol.ts";
import type { ChecksSpec } from "../checks/check_spec.ts";

/** When an image is pulled: always, when the daemon does not have it, or never. */
export type PullPolicy = "always" | "missing" | "never";

/** A port of the host that leads to one of the container. */
export interface PortMapping {
  hostPort: number;
  containerPort: number;
  /** Lower case: `tcp`, `udp` or `sctp`. */
  protocol: string;
  /** Address of the host; all of them unless given. */
  hostIp?: string;
}

/** Something mounted into the container, before the host has been looked at. */
export type MountSpec = {
  /** Absolute path in the container. */
  target: string;
  mode: "rw" | "ro";
  /** The field that asks for it. */
  source: string;
} & (HostMount | VolumeMount | { kind: "image"; image: string } | { kind: "secret"; bytes: Uint8Array });

/** A file or directory of the host. */
export interface HostMount {
  kind: "host";
  /** Absolute path on the host. */
  path: string;
  /** Who chose the path: operators may restrict a task's choice, not what the agent has laid out for it. */
  chosenBy: "task" | "agent";
  /** Where what the agent lays out leads, links followed; what leads elsewhere, a container has put there. */
  roots?: readonly string[];
  /** `rslave` and the like; the daemon's default unless given. */
  propagation?: string;
  /** A path that is missing: the daemon makes a directory, we make one that the sandbox's owner owns, or it is an error. */
  missing: "made by the daemon" | "made for the owner" | "refused";
}

/** A volume of the daemon. */
export interface VolumeMount {
  kind: "volume";
  name: string;
  driver?: string;
  options?: Readonly<Record<string, string>>;
}

/** How much of a container's output the sandbox keeps; what is absent is not limited. */
export interface LogLimits {
  /** Bytes after which a file is put aside and a new one begun. */
  maxBytes?: number;
  /** Files kept of each stream, the current one among them. */
  maxFiles?: number;
}

/** Size of a terminal, in characters. */
export interface WindowSize {
  rows: number;
  columns: number;
}

/** What the task's resources say in Mesos' own units: for what we watch, and for reports. */
export interface ResourceAmounts {
  /** Hard limit, in MB. */
  memoryMb?: number;
  /** Of the container's own files and its sandbox, in MB. */
  diskMb?: number;
  /** What of the sandbox the executor's own resources pay for, in MB. */
  executorDiskMb?: number;
}

/** Everything that a task asks for, resolved from all that can say it, and checked. */
export interface TaskSpec {
  taskId: string;
  image: string;
  /** Of an image that the executor makes itself, which no operator need allow. */
  imageOrigin?: "executor";
  /** Path in the sandbox of an archive that brings the image; no registry is asked for it then. */
  imageArchive?: string;
  pull: PullPolicy;
  /** E.g. `linux/arm64`. */
  platform?: string;
  /** What the daemon is asked for, but for what is settled when the host is looked at: mounts, ports, labels of ours. */
  container: Omit<ContainerConfig, "Image">;
  /** Id of the container whose namespaces it joins because the executor says so: that of its task group. */
  groupContainer?: string;
  /** In order; the sandbox is the last. */
  mounts: readonly MountSpec[];
  ports: readonly PortMapping[];
  /** Host ports of the task for the ports that the image exposes, in order; absent when those are not published. */
  portsForExposed?: readonly number[];
  /** What the task says of its network; reported back with the container's addresses. */
  networkInfo?: NetworkInfo;
  terminal?: WindowSize;
  amounts: ResourceAmounts;
  logs: LogLimits;
  /** Credentials for the image's registry that the task brings along. */
  registryAuth?: RegistryAuth;
  checks?: ChecksSpec;
  /** Texts that may appear in no message. */
  secrets: readonly string[];
  /** Grace of a kill that names none. */
  killGraceMs?: number;
  /** From LAUNCH on; a task that has not ended by then fails. */
  maxCompletionMs?: number;
  /** Keys of the parameters that were used: operators allow and deny them. */
  parameters: readonly string[];
  /** Items of SecurityOpt that are the operator's own, though the task asked for them by name. */
  operatorOptions: readonly string[];
  /** By field of the create body: who said it. */
  sources: Readonly<Record<string, readonly string[]>>;
  /** What was said and is not heeded, and why. */
  warnings: readonly string[];
}
