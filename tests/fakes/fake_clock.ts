import type { Clock, Timer } from "../../src/runtime/clock.ts";

interface PendingTimer {
  readonly delayMs: number;
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #nowMs: number;
  #pending: PendingTimer[] = [];
  #waiting: { delayMs: number; resolve: () => void }[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const timer = { delayMs, dueMs: this.#nowMs + delayMs, callback };
    this.#pending.push(timer);
    this.#waiting = this.#waiting.filter((waiter) => {
      if (waiter.delayMs !== delayMs) return true;
      waiter.resolve();
      return false;
    });
    return { cancel: () => this.#remove(timer) };
  }

  /** Delays of the timers that have neither fired nor been cancelled, as they were asked for and in that order. */
  get delays(): readonly number[] {
    return this.#pending.map(({ delayMs }) => delayMs);
  }

  /** Resolves as soon as a timer of exactly this delay is pending. */
  scheduled(delayMs: number): Promise<void> {
    if (this.delays.includes(delayMs)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ delayMs, resolve }));
  }

  /** Moves on and runs what falls due, also what is scheduled meanwhile, in the order of the due times. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let timer = this.#nextUntil(endMs); timer; timer = this.#nextUntil(endMs)) {
      this.#remove(timer);
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      timer.callback();
    }
    this.#nowMs = endMs;
  }

  /** Sets the time back, as somebody may set that of a host; timers that are pending keep what is left of their delays. */
  setBack(ms: number): void {
    this.#nowMs -= ms;
    this.#pending = this.#pending.map((timer) => Object.assign(timer, { dueMs: timer.dueMs - ms }));
  }

  #nextUntil(endMs: number): PendingTimer | undefined {
    // Sorting is stable: timers that fall due together run in the order in which they were scheduled.
    return this.#pending.filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  }

  #remove(timer: PendingTimer): void {
    this.#pending = this.#pending.filter((other) => other !== timer);
  }
}
