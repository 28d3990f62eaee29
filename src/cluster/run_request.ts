import type { LogLimits } from "../executor/task/task_spec.ts";

/** What is to be run, whoever's agent it is run on. */
export interface RunRequest {
  /** Name of the task; its id and those of its executors begin with it. */
  name: string;
  image: string;
  /** Replaces the image's command; empty leaves it. */
  command: readonly string[];
  /** Of each instance. */
  cpus: number;
  /** Megabytes, of each instance. */
  mem: number;
  /** Megabytes, of each instance; not limited unless given. */
  disk?: number;
  instances: number;
  /** Without a host port, one is allocated. */
  ports: readonly { hostPort?: number; containerPort: number; protocol: string }[];
  environment: readonly { name: string; value: string }[];
  volumes: readonly { hostPath: string; containerPath: string; mode: "rw" | "ro" }[];
  /** `bridge`, `host`, `none`, or the name of a network. */
  network: string;
  /** Flags of `docker run`, as DockerInfo.parameters carries them. */
  parameters: readonly { key: string; value: string }[];
  logs: LogLimits;
  pull: "missing" | "always" | "never";
  /** Grace of a kill. */
  graceMs: number;
}
