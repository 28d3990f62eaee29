import type { OutputFrame } from "../docker/mod.ts";
import { writeFully } from "../runtime/descriptor_writer.ts";
import type { Log } from "../runtime/log.ts";
import { openTaskFiles } from "./task_files.ts";

/** Where a container's output goes. */
export interface TaskOutput extends AsyncDisposable {
  /** Bytes arrive in the order of the calls; a full disk is logged once and never stops the container. */
  write(frame: OutputFrame): Promise<void>;
}

/**
 * The sandbox's own stdout and stderr, which are this process's, for the first task of an executor; each further one
 * gets `tasks/<task id>/stdout` and `stderr` in the sandbox, so that their lines do not mix. Throws `TaskError`
 * `launch` when they cannot be made.
 */
export async function openTaskOutput(
  place: { kind: "sandbox" } | { kind: "task"; sandbox: string; taskId: string },
  options: { log: Log },
): Promise<TaskOutput> {
  if (place.kind === "sandbox") {
    return new DescriptorOutput({ stdout: 1, stderr: 2 }, options.log, () => Promise.resolve());
  }
  const { stdout, stderr, close } = await openTaskFiles(place.sandbox, place.taskId);
  return new DescriptorOutput({ stdout, stderr }, options.log, close);
}

class DescriptorOutput implements TaskOutput {
  readonly #descriptors: Readonly<Record<OutputFrame["stream"], number>>;
  readonly #log: Log;
  readonly #close: () => Promise<void>;
  #lostBytes = 0;

  constructor(descriptors: Record<OutputFrame["stream"], number>, log: Log, close: () => Promise<void>) {
    this.#descriptors = descriptors;
    this.#log = log;
    this.#close = close;
  }

  async write(frame: OutputFrame): Promise<void> {
    try {
      await writeFully(this.#descriptors[frame.stream], frame.bytes);
    } catch (error) {
      if (this.#lostBytes === 0) this.#log.error("output of the container is being lost", { error: String(error) });
      this.#lostBytes += frame.bytes.length;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#lostBytes > 0) this.#log.error("output of the container was lost", { bytes: this.#lostBytes });
    try {
      await this.#close();
    } catch (error) {
      // Network file systems tell of a full disk only here.
      this.#log.error("output of the container may be incomplete", { error: String(error) });
    }
  }
}
