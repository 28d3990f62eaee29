/**
 * Runs work in order within a lane and never at once with its caller. The status update manager of an agent keeps
 * such a lane for each task, with one update under way in it (contract A.9).
 */
export class Lanes {
  readonly #lanes = new Map<string, (() => void)[]>();

  /** Puts `work` at the end of a lane. It must not throw. */
  push(lane: string, work: () => void): void {
    const waiting = this.#lanes.get(lane);
    if (waiting) {
      waiting.push(work);
      return;
    }
    this.#lanes.set(lane, [work]);
    queueMicrotask(() => this.#step(lane));
  }

  /** Resolves when no lane has work. */
  async idle(): Promise<void> {
    while (this.#lanes.size > 0) await Promise.resolve();
  }

  #step(lane: string): void {
    const waiting = this.#lanes.get(lane) ?? [];
    waiting.shift()?.();
    if (waiting.length === 0) this.#lanes.delete(lane);
    else queueMicrotask(() => this.#step(lane));
  }
}
