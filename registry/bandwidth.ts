import { signalOf } from "./call.ts";
import { type Clock, systemClock } from "./client/clock.ts";
import type { CallOptions } from "./registry.ts";

/** Longest time that unused bandwidth is kept for: short bursts are no harm, long ones are. */
const burstMs = 1000;

/** Holds bytes up so that all who share it keep to so many a second. */
export class Bandwidth {
  readonly #bytesPerSecond: number;
  readonly #clock: Clock;
  /** When the bytes that were let through are paid for. */
  #paidUntil: number;

  constructor(bytesPerSecond: number, clock: Clock = systemClock) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
    this.#paidUntil = clock.now();
  }

  /** Resolves when the bytes may pass; rejects with the signal's reason. */
  async take(bytes: number, options: CallOptions = {}): Promise<void> {
    const now = this.#clock.now();
    const costMs = (bytes * 1000) / this.#bytesPerSecond;
    this.#paidUntil = Math.max(this.#paidUntil, now - burstMs) + costMs;
    const waitMs = this.#paidUntil - now;
    if (waitMs > 0) await this.#clock.sleep(waitMs, signalOf(options));
  }
}
