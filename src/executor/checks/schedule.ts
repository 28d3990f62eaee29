import { type Clock, sleep } from "../../runtime/clock.ts";
import type { CheckTiming, Finding } from "./check_spec.ts";

/** What a schedule runs and whom it tells. */
export interface ScheduleOptions {
  timing: CheckTiming;
  clock: Clock;
  /** Makes one probe. Aborting ends it and all that it has started; it rejects then, and for errors of ours. */
  probe: (signal: AbortSignal) => Promise<Finding>;
  found: (finding: Finding) => void;
  fail: (error: unknown) => void;
}

/**
 * Makes a probe again and again, one at a time, until it is ended (contract C.3). While it is paused nothing is probed, and
 * what was found by a probe that a pause overtook is thrown away; when it is resumed the next probe is made at once.
 */
export class CheckSchedule implements Disposable {
  readonly #options: ScheduleOptions;
  readonly #ended = new AbortController();
  /** Aborted by a pause; there is another one after it. */
  #running = new AbortController();
  #resumed: PromiseWithResolvers<void> | undefined;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#run().catch((error: unknown) => this.#ended.signal.aborted || options.fail(error));
  }

  pause(): void {
    if (this.#resumed || this.#ended.signal.aborted) return;
    this.#resumed = Promise.withResolvers();
    this.#running.abort(new Error("the check is paused"));
  }

  resume(): void {
    this.#resumed?.resolve();
    this.#resumed = undefined;
  }

  [Symbol.dispose](): void {
    this.#ended.abort(new Error("the check has ended"));
    this.#running.abort(this.#ended.signal.reason);
    this.resume();
  }

  async #run(): Promise<void> {
    const { timing, clock, found } = this.#options;
    let waitMs = timing.delayMs;
    while (!this.#ended.signal.aborted) {
      const { signal } = this.#running;
      try {
        await sleep(clock, waitMs, { signal });
        const finding = await this.#probe(signal);
        // Looked at after the probe: one that a pause has overtaken may still have found something.
        signal.throwIfAborted();
        found(finding);
        waitMs = timing.intervalMs;
      } catch (error) {
        if (!signal.aborted) throw error;
        // It may be paused again before this is reached.
        while (this.#resumed) await this.#resumed.promise;
        this.#running = new AbortController();
        waitMs = 0;
      }
    }
  }

  /** A probe that takes too long has found nothing. */
  async #probe(signal: AbortSignal): Promise<Finding> {
    const { timing, clock, probe } = this.#options;
    const { timeoutMs } = timing;
    if (timeoutMs === undefined) return await probe(signal);
    const late = new AbortController();
    const timer = clock.schedule(timeoutMs, () => late.abort(new Error("the probe took too long")));
    try {
      return await probe(AbortSignal.any([signal, late.signal]));
    } catch (error) {
      if (!late.signal.aborted || signal.aborted) throw error;
      return { kind: "none", why: `it took longer than ${timeoutMs / 1000} s` };
    } finally {
      timer.cancel();
    }
  }
}
