import type { Clock } from "../client/clock.ts";
import type { MinimumRate } from "../client/rate_watch.ts";

/** Too slow for any network that is worth waiting for while there is another one. */
export const usualMinimumRate: MinimumRate = { bytesPerSecond: 16 * 1024, windowMs: 10_000 };

/**
 * How fast a source is, counting only the time that it was waited for: who does not take its bytes is not its fault. Beside the
 * client's own watch, this one also sees silence, and condemns nobody: a slow source is read while another one is sought.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #rate: MinimumRate;
  #bytes = 0;
  #waitedMs = 0;
  #sinceMs: number | undefined;

  constructor(clock: Clock, rate: MinimumRate) {
    this.#clock = clock;
    this.#rate = rate;
  }

  /** It is asked for bytes. */
  ask(): void {
    this.#sinceMs = this.#clock.now();
  }

  /** It has brought some. */
  got(bytes: number): void {
    this.#stop();
    this.#bytes += bytes;
  }

  /** Judges the time since the last judgement. */
  isTooSlow(): boolean {
    const isWaiting = this.#sinceMs !== undefined;
    this.#stop();
    const [bytes, waitedMs] = [this.#bytes, this.#waitedMs];
    this.reset();
    if (isWaiting) this.ask();
    return waitedMs >= this.#rate.windowMs / 2 && bytes < (this.#rate.bytesPerSecond * waitedMs) / 1000;
  }

  /** Begins anew, with another source. */
  reset(): void {
    this.#bytes = 0;
    this.#waitedMs = 0;
    this.#sinceMs = undefined;
  }

  #stop(): void {
    if (this.#sinceMs !== undefined) this.#waitedMs += this.#clock.now() - this.#sinceMs;
    this.#sinceMs = undefined;
  }
}
