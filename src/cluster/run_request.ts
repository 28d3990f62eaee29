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
  instances: number;
  /** Without a host port, one is allocated. */
  ports: readonly { hostPort?: number; containerPort: number; protocol: string }[];
  environment: readonly { name: string; value: string }[];
  volumes: readonly { hostPath: string; containerPath: string; mode: "rw" | "ro" }[];
  /** `bridge`, `host`, `none`, or the name of a network. */
  network: string;
  pull: "missing" | "always";
  /** Grace of a kill. */
  graceMs: number;
}
