import { type Clock, sleep } from "../../runtime/clock.ts";

/** Wakes who waits for it; a ring that nobody waits for wakes the next who does. */
export class Alarm {
  readonly #clock: Clock;
  #ringing = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#ringing.abort(new Error("the alarm rings"));
  }

  /** Resolves when it rings, after the time, or with the signal. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#ringing.signal]);
    await sleep(this.#clock, ms, { signal: either }).catch(() => undefined);
    if (this.#ringing.signal.aborted) this.#ringing = new AbortController();
  }
}
