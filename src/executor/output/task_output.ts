import type { OutputFrame } from "../../docker/mod.ts";
import type { Log } from "../../runtime/log.ts";
import type { LogLimits } from "../task/task_spec.ts";
import { FrameQueue } from "./frame_queue.ts";
import { type FileRotation, OutputFile } from "./output_file.ts";
import { OutputTail } from "./output_tail.ts";
import {
  findProcessTarget,
  type OutputTarget,
  openSandboxTarget,
  openTaskTarget,
  type StreamTarget,
} from "./output_target.ts";
import { OutputTroubles } from "./output_troubles.ts";

type StreamName = OutputFrame["stream"];

/** Where a container's output goes. Disposing of it writes what is still waiting. */
export interface TaskOutput extends AsyncDisposable {
  /**
   * Bytes of each stream arrive in the order of the calls, soon after; the frame's own are not copied. A full disk is
   * logged once and never stops the container.
   */
  write(frame: OutputFrame): Promise<void>;
  /** The last lines of stderr, of a terminal's output when the container has one: at most ten and 1 KiB. */
  readonly stderrTail: string;
}

/** Whose output it is: that of the executor's first task, which has the sandbox's own files, or of a further one. */
export type OutputPlace = { kind: "sandbox"; sandbox: string } | { kind: "task"; sandbox: string; taskId: string };

/** How the output is kept. */
export interface TaskOutputOptions {
  log: Log;
  /**
   * Files that would grow over `maxBytes` become `stdout.1` and so on, `maxFiles` of them in all, 2 unless given; with 1
   * the file is emptied. Without `maxBytes` they are not limited. Numbers below 1 count as 1.
   */
  limits?: LogLimits;
  /** Whether the container has a terminal; "no" unless given. */
  terminal?: "yes" | "no";
}

/** Files kept of a stream that is limited, when nobody says how many. */
const usualFiles = 2;

/**
 * The sandbox's own stdout and stderr, which are this process's, for the first task of an executor; each further one
 * gets `tasks/<task id>/stdout` and `stderr` in the sandbox, so that their lines do not mix. Throws `TaskError`
 * `launch` when they cannot be made.
 */
export async function openTaskOutput(place: OutputPlace, options: TaskOutputOptions): Promise<TaskOutput> {
  const { log, limits, terminal = "no" } = options;
  const target = openTarget(place, options);
  const troubles = new OutputTroubles(log);
  const toFile = ({ descriptor, ...file }: StreamTarget) =>
    new OutputFile(descriptor, { troubles, rotation: toRotation(file, limits) });
  return new FileOutput(
    { stdout: toFile(target.stdout), stderr: toFile(target.stderr) },
    { troubles, closeTarget: target.close, tailOf: terminal === "yes" ? "stdout" : "stderr" },
  );
}

function openTarget(place: OutputPlace, { log, limits }: TaskOutputOptions): OutputTarget {
  if (place.kind === "task") return openTaskTarget(place.sandbox, place.taskId);
  return limits?.maxBytes === undefined ? findProcessTarget() : openSandboxTarget(place.sandbox, log);
}

function toRotation(file: Omit<StreamTarget, "descriptor">, limits: LogLimits = {}): FileRotation | undefined {
  const { maxBytes, maxFiles = usualFiles } = limits;
  if (maxBytes === undefined || file.directory === undefined) return undefined;
  return {
    directory: file.directory,
    name: file.name,
    maxBytes: Math.max(1, maxBytes),
    maxFiles: Math.max(1, maxFiles),
  };
}

class FileOutput implements TaskOutput {
  readonly #files: Readonly<Record<StreamName, OutputFile>>;
  readonly #troubles: OutputTroubles;
  readonly #closeTarget: () => void;
  readonly #tailOf: StreamName;
  readonly #tail = new OutputTail();
  readonly #queue = new FrameQueue((stream, bytes) => this.#files[stream].append(bytes));

  constructor(
    files: Readonly<Record<StreamName, OutputFile>>,
    options: { troubles: OutputTroubles; closeTarget: () => void; tailOf: StreamName },
  ) {
    this.#files = files;
    this.#troubles = options.troubles;
    this.#closeTarget = options.closeTarget;
    this.#tailOf = options.tailOf;
  }

  get stderrTail(): string {
    return this.#tail.text;
  }

  write(frame: OutputFrame): Promise<void> {
    if (frame.stream === this.#tailOf) this.#tail.add(frame.bytes);
    return this.#queue.push(frame);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue.drained();
    this.#troubles.summarize();
    for (const file of Object.values(this.#files)) file.close();
    this.#closeTarget();
  }
}
