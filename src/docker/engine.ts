import type { ContainerCreate } from "./container_spec.ts";
import type {
  ContainerInspect,
  ContainerSummary,
  DiskUsage,
  EngineEvent,
  EngineInfo,
  EngineVersion,
  ExecInspect,
  HistoryEntry,
  ImageInspect,
  ImageSummary,
} from "./engine_documents.ts";

/**
 * The Docker daemon, as this program sees it. Every call fails with an `EngineError`: with any code of `absent`,
 * `forbidden`, `timeout`, `aborted`, `unsupported` and `failed`, and with those that the call names itself.
 * A container is named by its id or its name; a text that cannot be a name is `invalid`. Disposing ends all open calls.
 */
export interface Engine extends AsyncDisposable {
  /** What the daemon is, and the API version spoken with it; asked once and kept. */
  version(options?: CallOptions): Promise<EngineVersion>;
  /** What the daemon's host offers. */
  info(options?: CallOptions): Promise<EngineInfo>;

  /** The image, or undefined when the daemon does not have it. */
  inspectImage(reference: string, options?: CallOptions): Promise<ImageInspect | undefined>;
  /**
   * All images but those that only other images are built on. It costs the daemon a second per some hundred images when
   * containerd keeps them (contract F.2): not to be asked on a timer.
   */
  listImages(options?: CallOptions): Promise<ImageSummary[]>;
  /** How an image was made, newest step first, or undefined when the daemon does not have it. */
  imageHistory(reference: string, options?: CallOptions): Promise<HistoryEntry[] | undefined>;
  /** What images take on the daemon's disk. Needs API 1.25, throws `unsupported` before. */
  diskUsage(options?: CallOptions): Promise<DiskUsage>;
  /** Has the daemon fetch an image; without tag and digest, `latest`. Throws `not_found`, `invalid`. */
  pullImage(reference: string, options?: PullOptions): Promise<void>;
  /** Streams a docker-archive or an OCI archive into the daemon; gives the references, or ids, that came with it. */
  loadImage(archive: AsyncIterable<Uint8Array>, options?: LoadOptions): Promise<string[]>;
  /**
   * Streams an image out of the daemon as a docker-archive. The deadline is for silence: each chunk starts it again. Throws
   * `not_found`, `invalid` with the first chunk.
   */
  saveImage(image: string, options?: CallOptions): AsyncIterable<Uint8Array>;
  /** Gives an image one more name. Throws `not_found`, `invalid`, `conflict`. */
  tagImage(image: string, reference: string, options?: CallOptions): Promise<void>;
  /** Takes a name from an image, or removes it; an absent one is fine. Throws `conflict` when it is in use. */
  removeImage(reference: string, options?: RemoveImageOptions): Promise<void>;

  /**
   * Throws `not_found` without the image, `conflict` when the name is taken, `invalid`, and `unsupported` for what the
   * API version that is spoken does not know: the daemon would drop it in silence.
   */
  createContainer(request: ContainerCreate, options?: CallOptions): Promise<CreatedContainer>;
  /** A container that runs already is fine. Throws `not_found`, `conflict`, `invalid`. */
  startContainer(container: string, options?: CallOptions): Promise<void>;
  /** Resolves when the next exit can no longer be missed, so it is opened before the start. Throws `not_found`. */
  openWait(container: string, options?: CallOptions): Promise<ContainerWait>;
  /** Resolves when the daemon will send the output from now on, so before the start. Throws `not_found`, `conflict`. */
  openAttach(container: string, options?: AttachOptions): Promise<ContainerOutput>;
  /** What the daemon kept of the output. Throws `not_found`; `unsupported` or `failed` when its log driver keeps none. */
  openLogs(container: string, options?: LogsOptions): Promise<ContainerOutput>;
  /** The container, or undefined when the daemon does not have it. */
  inspectContainer(container: string, options?: CallOptions): Promise<ContainerInspect | undefined>;
  /** Stop signal, then SIGKILL after the grace; resolves when it has ended. Ended before is fine. Throws `not_found`. */
  stopContainer(container: string, options: StopOptions): Promise<void>;
  /** Sends a signal; a container that does not run is fine. Throws `not_found`, `invalid`. */
  killContainer(container: string, options: KillOptions): Promise<void>;
  /** An absent container, and one that is being removed, are fine. Throws `conflict` when it runs and is not forced. */
  removeContainer(container: string, options?: RemoveContainerOptions): Promise<void>;
  /**
   * Prepares a command in a running container; gives the name by which it is run. Throws `not_found`, `conflict` when the
   * container does not run or is paused, `invalid`, and `unsupported` for variables that the API version does not know.
   */
  createExec(container: string, request: ExecRequest, options?: CallOptions): Promise<string>;
  /**
   * Runs a prepared command, once; its output ends when the command does. A command that cannot be run is `invalid`, or
   * says so in its output: either way `inspectExec` tells its exit code. Giving it up does not end the command.
   */
  openExec(exec: string, options?: CallOptions): Promise<ContainerOutput>;
  /** How a command stands, or undefined when the daemon does not have it (any more). */
  inspectExec(exec: string, options?: CallOptions): Promise<ExecInspect | undefined>;
  /** Tells a running container's terminal how large it is. Throws `not_found`, `conflict` when it does not run. */
  resizeTty(container: string, size: TerminalSize, options?: CallOptions): Promise<void>;
  /** How much a container has written beside its volumes, or undefined when the daemon does not have it. */
  containerSize(container: string, options?: CallOptions): Promise<ContainerSize | undefined>;
  /** Containers that have all the labels: the running ones, or all. */
  listContainers(options?: ListContainersOptions): Promise<ContainerSummary[]>;

  /**
   * What happens at the daemon, for ever unless `untilMs` ends it: else it ends by `aborted`, by `failed` when the
   * daemon goes away, or by leaving the loop. The call is made by the first `next()`; events before the daemon has registered it are had by `sinceMs`.
   */
  events(options?: EventsOptions): AsyncIterable<EngineEvent>;
}

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Replaces the deadline that the engine has for this call. */
  readonly deadlineMs?: number | undefined;
}

/** Options of `pullImage`. The deadline is for silence: each line of progress starts it again. */
export interface PullOptions extends CallOptions {
  readonly platform?: string | undefined;
  readonly auth?: RegistryAuth | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** Options of `loadImage`. The deadline is for silence: each chunk taken and each line of progress starts it again. */
export interface LoadOptions extends CallOptions {
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** Credentials that the daemon passes on to a registry. */
export type RegistryAuth =
  | { readonly kind: "password"; readonly username: string; readonly password: string; readonly serverAddress: string }
  | { readonly kind: "identity"; readonly token: string; readonly serverAddress: string }
  | { readonly kind: "bearer"; readonly token: string };

/** One line of progress; `id` is a layer's, when the line is about one. */
export interface TransferProgress {
  readonly status: string;
  readonly id?: string;
  readonly currentBytes?: number;
  readonly totalBytes?: number;
}

/** Options of `removeImage`. */
export interface RemoveImageOptions extends CallOptions {
  /** Also when stopped containers or several names use it. */
  readonly force?: boolean | undefined;
}

/** What `createContainer` gives. */
export interface CreatedContainer {
  readonly id: string;
  readonly warnings: readonly string[];
}

/** A wait that the daemon has registered; disposing it gives it up. */
export interface ContainerWait extends AsyncDisposable {
  /** Has no deadline. Rejects with `EngineError`: `failed` when the connection breaks, `aborted`. */
  readonly exit: Promise<ContainerExit>;
}

/** How a container ended. */
export interface ContainerExit {
  readonly statusCode: number;
  /** What went wrong in the daemon while it waited. */
  readonly error?: string;
}

/**
 * Output as it comes, to be iterated once; disposing it, or leaving the loop, ends the call. It ends when the container
 * ends, but also when the daemon does: only `openWait` tells how a container ended. Throws `failed` at a torn frame.
 */
export interface ContainerOutput extends AsyncIterable<OutputFrame>, AsyncDisposable {}

/** Part of a container's output. With a terminal (Tty) all of it is "stdout". */
export interface OutputFrame {
  readonly stream: "stdout" | "stderr";
  readonly bytes: Uint8Array;
}

/** Options of `openAttach`. */
export interface AttachOptions extends CallOptions {
  /** Whether the container has a terminal, for callers who know it; the daemon is asked unless given. */
  readonly terminal?: "yes" | "no" | undefined;
}

/** Options of `openLogs`. */
export interface LogsOptions extends CallOptions {
  /** Goes on with what is written from now on, until the container ends. */
  readonly follow?: boolean | undefined;
  /** Leaves out what is older, in milliseconds since the epoch. */
  readonly sinceMs?: number | undefined;
  /** Begins with the last lines, this many. */
  readonly tailLines?: number | undefined;
}

/** Options of `stopContainer`. The deadline counts from the end of the grace. */
export interface StopOptions extends CallOptions {
  readonly graceSeconds: number;
}

/** Options of `killContainer`. */
export interface KillOptions extends CallOptions {
  /** A signal's name or number, e.g. `SIGKILL`. */
  readonly killSignal: string;
}

/** Options of `removeContainer`. */
export interface RemoveContainerOptions extends CallOptions {
  /** Kills it first when it runs. */
  readonly force?: boolean | undefined;
  /** Removes its anonymous volumes too. */
  readonly volumes?: boolean | undefined;
}

/** A command to be run in a container beside its own. */
export interface ExecRequest {
  readonly argv: readonly string[];
  /** `NAME=value`, over the container's own. */
  readonly env?: readonly string[] | undefined;
  /** The container's own unless given. */
  readonly user?: string | undefined;
}

/** Size of a terminal, in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** What `containerSize` gives. */
export interface ContainerSize {
  /** Bytes in the container's own layer: files written, or changed, over the image's; neither volumes nor logs. */
  readonly writableBytes: number;
}

/** Options of `listContainers`. */
export interface ListContainersOptions extends CallOptions {
  /** `key` or `key=value`; a container must have all of them. */
  readonly labels?: readonly string[] | undefined;
  /** Also those that do not run. */
  readonly all?: boolean | undefined;
}

/** Options of `events`. The deadline is for the daemon's first answer. */
export interface EventsOptions extends CallOptions {
  /** The Engine's own, e.g. `{ type: ["container"], event: ["die", "oom"], label: ["key=value"] }`. */
  readonly filters?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Begins with what the daemon remembers since, in milliseconds since the epoch: its last 256 events at most. */
  readonly sinceMs?: number | undefined;
  /** Ends with what has happened until then, in milliseconds since the epoch. */
  readonly untilMs?: number | undefined;
}
