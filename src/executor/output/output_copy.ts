import type { ContainerOutput } from "../../docker/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { toFault } from "../task/engine_fault.ts";
import type { TaskOutput } from "./task_output.ts";

/** Output that has not moved for this long after the container's end is given up. */
const outputStallMs = 10_000;

/** Copies a container's output into its sandbox. */
export class OutputCopy {
  readonly #options: { clock: Clock; log: Log };
  #target: TaskOutput | undefined;
  #copied: Promise<void> = Promise.resolve();
  #moved = 0;

  constructor(options: { clock: Clock; log: Log }) {
    this.#options = options;
  }

  /** The container's last words on stderr so far. */
  get stderrTail(): string {
    return this.#target?.stderrTail ?? "";
  }

  /** Begins; both are closed when the output ends. `fail` takes an error that is neither the daemon's nor the task's. */
  start(output: ContainerOutput, target: TaskOutput, fail: (error: unknown) => void): void {
    this.#target = target;
    this.#copied = this.#copy(output, target).catch(fail);
  }

  async #copy(output: ContainerOutput, target: TaskOutput): Promise<void> {
    await using _source = output;
    await using _target = target;
    try {
      for await (const frame of output) {
        await target.write(frame);
        this.#moved = this.#options.clock.now();
      }
    } catch (error) {
      this.#options.log.error("output of the container broke off", { error: toFault(error, "lost").message });
    }
  }

  /** Waits until all output is in the sandbox, unless a process that outlived the container holds it open in silence. */
  async drain(): Promise<void> {
    const { clock, log } = this.#options;
    const drained = this.#copied.then(() => "drained" as const);
    let since = clock.now();
    for (;;) {
      const stall = new AbortController();
      const waited = sleep(clock, outputStallMs, stall).then(
        () => "waited" as const,
        () => "drained" as const,
      );
      const outcome = await Promise.race([drained, waited]);
      stall.abort();
      if (outcome === "drained") return;
      if (this.#moved < since) return log.warn("output of the container did not end with it");
      since = clock.now();
    }
  }
}
