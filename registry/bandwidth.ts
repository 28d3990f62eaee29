import { Bell } from "./bell.ts";
import { signalOf } from "./call.ts";
import { type Clock, systemClock } from "./client/clock.ts";
import type { CallOptions } from "./registry.ts";

/** Longest time that unused bandwidth is kept for: short bursts are no harm, long ones are. */
const burstMs = 1000;

/** Holds bytes up so that all who share it keep to so many a second. */
export class Bandwidth {
  readonly #clock: Clock;
  readonly #changed = new Bell();
  #bytesPerSecond: number | undefined;
  /** Bytes that might have passed, and until when that was counted. */
  #allowed = 0;
  #countedUntilMs: number;
  /** Bytes that have passed, or wait until they are allowed. */
  #taken = 0;

  /** `undefined` lets everything pass. */
  constructor(bytesPerSecond: number | undefined, clock: Clock = systemClock) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
    this.#countedUntilMs = clock.now();
  }

  /** So many from now on, also for bytes that wait. */
  change(bytesPerSecond: number | undefined): void {
    this.#count();
    // What passed without a limit is owed by nobody.
    if (this.#bytesPerSecond === undefined) this.#allowed = this.#taken;
    this.#bytesPerSecond = bytesPerSecond;
    this.#changed.ring();
  }

  /** Resolves when the bytes may pass; rejects with the signal's reason. */
  async take(bytes: number, options: CallOptions = {}): Promise<void> {
    if (this.#bytesPerSecond === undefined) return;
    this.#count();
    this.#taken = Math.max(this.#taken, this.#allowed - (this.#bytesPerSecond * burstMs) / 1000) + bytes;
    const end = this.#taken;
    for (;;) {
      const waitMs = this.#waitMs(end);
      if (waitMs <= 0 || (await this.#changed.wait(this.#clock, waitMs, signalOf(options))) === "over") return;
    }
  }

  #waitMs(end: number): number {
    if (this.#bytesPerSecond === undefined) return 0;
    this.#count();
    return ((end - this.#allowed) * 1000) / this.#bytesPerSecond;
  }

  #count(): void {
    const nowMs = this.#clock.now();
    this.#allowed += ((this.#bytesPerSecond ?? 0) * (nowMs - this.#countedUntilMs)) / 1000;
    this.#countedUntilMs = nowMs;
  }
}
