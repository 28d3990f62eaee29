import type { Clock } from "./client/clock.ts";
import type { CallOptions } from "./registry.ts";

/** Wakes all who wait by it. */
export class Bell {
  readonly #waiting = new Set<AbortController>();

  ring(): void {
    for (const waiting of this.#waiting) waiting.abort();
  }

  /** Waits so long, or until it rings; tells which of both it was. Rejects with the signal's reason. */
  async wait(clock: Clock, ms: number, { signal }: CallOptions = {}): Promise<"over" | "rung"> {
    signal?.throwIfAborted();
    // No AbortSignal.any(): whoever waits often by a signal that lives long would fill the memory with them.
    const waiting = new AbortController();
    const leave = () => waiting.abort();
    this.#waiting.add(waiting);
    signal?.addEventListener("abort", leave, { once: true });
    try {
      await clock.sleep(ms, { signal: waiting.signal });
      return "over";
    } catch (error) {
      signal?.throwIfAborted();
      if (!waiting.signal.aborted) throw error;
      return "rung";
    } finally {
      this.#waiting.delete(waiting);
      signal?.removeEventListener("abort", leave);
    }
  }
}
