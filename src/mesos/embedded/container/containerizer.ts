import type { CommandInfo } from "../../protocol.ts";

/** What a containerizer needs to start an executor. */
export interface ContainerSpec {
  containerId: string;
  command: CommandInfo;
  /** The whole environment of the process. */
  environment: Readonly<Record<string, string>>;
  /** Working directory; it exists. */
  sandbox: string;
  /** User to run as, when that is not the agent's own. */
  user?: User;
}

/** A user of this host by number. */
export interface User {
  uid: number;
  gid: number;
}

/** How an executor's process ended. */
export type ContainerExit = { kind: "code"; code: number } | { kind: "signal"; signal: string };

/** A started executor. */
export interface Container {
  /** Undefined when the command could not even be executed. */
  readonly pid: number | undefined;
  /** Settles once, when the process and all that it left behind are gone; never rejects. */
  readonly exited: Promise<ContainerExit>;
  /** Kills everything in the container; no effect after the exit. */
  destroy(): void;
}

/** Starts executors; the default one forks processes. */
export interface Containerizer {
  /**
   * Fetches what the command names and starts it. Rejects with what failed, as an operator should read it, or with
   * the signal's reason.
   */
  launch(spec: ContainerSpec, options: { signal: AbortSignal }): Promise<Container>;
}
