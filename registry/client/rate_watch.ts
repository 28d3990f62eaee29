import { RegistryError } from "../registry_error.ts";
import type { Clock } from "./clock.ts";

/** The least that a source has to bring; who has another source then asks that one. */
export interface MinimumRate {
  readonly bytesPerSecond: number;
  /** For how long it is looked at before it is judged. */
  readonly windowMs: number;
}

/** Judges a download by the time that it was waited for: a reader that is slow itself is not held against the source. */
export class RateWatch {
  readonly #minimum: MinimumRate;
  readonly #clock: Clock;
  #bytes = 0;
  #waitedMs = 0;
  #since: number;

  constructor(minimum: MinimumRate, clock: Clock) {
    this.#minimum = minimum;
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** A wait for bytes begins. */
  wait(): void {
    this.#since = this.#clock.now();
  }

  /** Bytes came. UNAVAILABLE when a whole window brought too few. */
  received(bytes: number, subject: string): void {
    this.#bytes += bytes;
    this.#waitedMs += Math.max(0, this.#clock.now() - this.#since);
    const { bytesPerSecond, windowMs } = this.#minimum;
    if (this.#waitedMs < windowMs) return;
    const rate = Math.floor((this.#bytes * 1000) / this.#waitedMs);
    this.#bytes = 0;
    this.#waitedMs = 0;
    if (rate >= bytesPerSecond) return;
    const found = `found ${rate} bytes a second, expected ${bytesPerSecond}`;
    throw new RegistryError("UNAVAILABLE", `Cannot read "${subject}": ${found}`, { retryable: false });
  }
}
