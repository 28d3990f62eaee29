import type { Clock, Timer } from "../../runtime/clock.ts";

/** Pause before what has failed once is tried again; doubled each time. */
const firstPauseMs = 5000;

/** What retrying takes. */
export interface RetriesOptions {
  readonly clock: Clock;
  /** Longest pause. */
  readonly longestMs: () => number;
  /** Has all that failed tried again. */
  readonly ring: () => void;
}

/** Rings when something that failed is to be tried again: the sooner the less often it has failed in a row. */
export class Retries implements Disposable {
  readonly #options: RetriesOptions;
  readonly #failures = new Map<string, number>();
  #next: { timer: Timer; atMs: number } | undefined;

  constructor(options: RetriesOptions) {
    this.#options = options;
  }

  /** What became of something. */
  note(name: string, outcome: "done" | "failed"): void {
    if (outcome === "done") {
      this.#failures.delete(name);
      return;
    }
    const count = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, count);
    const { longestMs } = this.#options;
    this.#schedule(Math.min(longestMs(), firstPauseMs * 2 ** Math.min(count - 1, 20)));
  }

  [Symbol.dispose](): void {
    this.#next?.timer.cancel();
  }

  #schedule(delayMs: number): void {
    const { clock, ring } = this.#options;
    const atMs = clock.now() + delayMs;
    if (this.#next && this.#next.atMs <= atMs) return;
    this.#next?.timer.cancel();
    const timer = clock.schedule(delayMs, () => {
      this.#next = undefined;
      ring();
    });
    this.#next = { timer, atMs };
  }
}
