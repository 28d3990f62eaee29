import { type ContainerOutput, type Engine, EngineError, type OutputFrame } from "../../docker/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { toFault } from "../task/engine_fault.ts";
import { OutputPosition } from "./output_position.ts";
import { reopenOutput } from "./output_rest.ts";
import type { TaskOutput } from "./task_output.ts";

/** Output that has not moved for this long after the container's end is given up. */
const outputStallMs = 10_000;

/** Output that ends this long before its container has been cut off. */
const earlyEndMs = 1000;

/** Pause before output is opened again that has ended early more than once. */
const longestPauseMs = 30_000;

/** How often in a row it is tried to open it again. */
const openAttempts = 5;

/** What copying takes. */
export interface OutputCopyOptions {
  engine: Engine;
  clock: Clock;
  log: Log;
}

/** A container's output and where it goes. */
export interface CopiedOutput {
  containerId: string;
  /** Attached to before the container was started. */
  output: ContainerOutput;
  target: TaskOutput;
  /** Aborted when nobody wants the rest of it. */
  signal: AbortSignal;
}

/** Copies a container's output into its sandbox, and goes on with it when the daemon's connection breaks. */
export class OutputCopy {
  readonly #options: OutputCopyOptions;
  readonly #position = new OutputPosition();
  readonly #exitKnown = new AbortController();
  #connection: "trusted" | "broken" = "trusted";
  #target: TaskOutput | undefined;
  #copied: Promise<void> = Promise.resolve();
  #moved = 0;
  /** Attempts to open it again that have failed since one did not. */
  #failures = 0;

  constructor(options: OutputCopyOptions) {
    this.#options = options;
  }

  /** The container's last words on stderr so far. */
  get stderrTail(): string {
    return this.#target?.stderrTail ?? "";
  }

  /** Begins; source and target are closed when the output ends. `fail` takes an error that is neither the daemon's nor the task's. */
  start(copied: CopiedOutput, fail: (error: unknown) => void): void {
    this.#target = copied.target;
    this.#copied = this.#copy(copied).catch(fail);
  }

  /** Other calls about the container have broken: that its output has ended means nothing then. */
  distrust(): void {
    this.#connection = "broken";
  }

  /** Waits until all output is in the sandbox, unless a process that outlived the container holds it open in silence. */
  async drain(): Promise<void> {
    const { clock, log } = this.#options;
    this.#exitKnown.abort();
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

  async #copy({ containerId, output, target, signal }: CopiedOutput): Promise<void> {
    const { clock } = this.#options;
    await using _target = target;
    let outcome = await this.#copyFrames(output, output, target);
    for (let pauseMs = earlyEndMs; (await this.#isCutOff(outcome, signal)) && !signal.aborted; pauseMs *= 2) {
      outcome = await this.#copyRest(containerId, target, signal);
      // What has ended is looked at again when the container has, at once then.
      const waiting = outcome === "ended" ? this.#exitKnown.signal : signal;
      if (outcome !== "nothing left") {
        await sleep(clock, Math.min(pauseMs, longestPauseMs), { signal: waiting }).catch(() => undefined);
      }
    }
  }

  async #copyRest(containerId: string, target: TaskOutput, signal: AbortSignal): Promise<CopyOutcome> {
    this.#connection = "trusted";
    try {
      const rest = await reopenOutput(containerId, { ...this.#options, signal, lastMs: this.#moved });
      this.#failures = 0;
      if (rest.kind === "nothing") return "nothing left";
      const touch = () => this.#touch();
      const frames = rest.kind === "log" ? this.#position.rest(rest.output, touch) : rest.output;
      return await this.#copyFrames(rest.output, frames, target);
    } catch (error) {
      if (signal.aborted) return "nothing left";
      if (!(error instanceof EngineError)) throw error;
      const { code, message } = error;
      this.#failures++;
      if (code !== "not_found" && this.#failures < openAttempts) return "broke off";
      this.#options.log.error("output of the container is lost", { container: containerId, error: message });
      return "nothing left";
    }
  }

  async #copyFrames(
    source: ContainerOutput,
    frames: AsyncIterable<OutputFrame>,
    target: TaskOutput,
  ): Promise<CopyOutcome> {
    await using _source = source;
    try {
      for await (const frame of frames) {
        await target.write(frame);
        this.#position.take(frame);
        this.#touch();
      }
      return "ended";
    } catch (error) {
      this.#options.log.warn("output of the container broke off", { error: toFault(error, "lost").message });
      return error instanceof EngineError && error.code !== "aborted" ? "broke off" : "nothing left";
    }
  }

  /** The daemon ends output in the same way when the container ends and when it ends itself; the container's end decides. */
  async #isCutOff(outcome: CopyOutcome, signal: AbortSignal): Promise<boolean> {
    if (outcome !== "ended") return outcome === "broke off";
    const known = this.#exitKnown.signal;
    if (!known.aborted) {
      const isLate = await sleep(this.#options.clock, earlyEndMs, { signal: AbortSignal.any([known, signal]) }).then(
        () => true,
        () => false,
      );
      if (isLate) return true;
    }
    return this.#connection === "broken";
  }

  #touch(): void {
    this.#moved = this.#options.clock.now();
  }
}

type CopyOutcome = "ended" | "broke off" | "nothing left";
