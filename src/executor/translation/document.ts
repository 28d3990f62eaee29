/** Version of the document that this program writes. */
export const documentVersion = 1;

/**
 * What TaskInfo.data may say of a container, as JSON in UTF-8: a plain LAUNCH to a custom executor has no place for the
 * container's command (contract, trap 16), nor TaskInfo for all that a container is made from. Its JSON Schema is
 * docs/task-document.schema.json.
 *
 * @example {"mesosDocker": 1, "command": ["redis-server", "--port", "7000"], "env": {"A": "1"}}
 */
export interface TaskDocument {
  mesosDocker: typeof documentVersion;
  /** Where TaskInfo.container names none. */
  image?: string;
  /** An archive in the sandbox, by its path there, that brings the image. */
  imageArchive?: string;
  pull?: "always" | "missing" | "never";
  /** E.g. `linux/arm64`. */
  platform?: string;
  /** Replaces the image's ENTRYPOINT. */
  entrypoint?: readonly string[];
  /** A line for `/bin/sh -c`, or words that replace the image's CMD. */
  command?: string | readonly string[];
  /** Words behind the command, or in the place of the image's CMD. */
  args?: readonly string[];
  /** Added to the variables of ExecutorInfo.command and TaskInfo.command, over them. */
  env?: Readonly<Record<string, string>>;
  /** With `:group` or without, by name or number. */
  user?: string;
  workdir?: string;
  hostname?: string;
  /** `bridge`, `host`, `none`, or the name of a network. */
  network?: string;
  privileged?: boolean;
  /** Host ports must be the task's own. */
  ports?: readonly { hostPort: number; containerPort: number; protocol?: "tcp" | "udp" | "sctp" }[];
  /** Relative paths lie in the sandbox; beside a driver, `hostPath` is a volume's name. */
  volumes?: readonly {
    hostPath: string;
    containerPath: string;
    mode?: "rw" | "ro";
    driver?: string;
    options?: Readonly<Record<string, string>>;
  }[];
  /** Flags of `docker run` without their dashes. */
  parameters?: readonly { key: string; value: string }[];
  /** What is made of the image's HEALTHCHECK: nothing, statuses, or the end of a task that is unhealthy. */
  healthcheck?: "off" | "report" | "kill";
  stopSignal?: string;
  /** Size of a file of output in bytes or as `10m`, and how many of each stream are kept. */
  logs?: { maxSize?: number | string; maxFiles?: number };
}

/** Bytes for TaskInfo.data. */
export function formatDocument(document: Omit<TaskDocument, "mesosDocker">): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ mesosDocker: documentVersion, ...document }));
}
