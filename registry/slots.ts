import { waitFor } from "./call.ts";
import type { CallOptions } from "./registry.ts";

/** Work of which only so much is done at once; the rest waits in its order. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    using _slot = await this.take();
    return await work();
  }

  /** A slot, until it is disposed of; doing so again changes nothing. Rejects with the signal's reason while it waits for one. */
  async take({ signal }: CallOptions = {}): Promise<Disposable> {
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    let isTaken = true;
    const leave = () => {
      if (isTaken) this.#pass();
      isTaken = false;
    };
    return { [Symbol.dispose]: leave };
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await waitFor(promise, signal);
    } catch (error) {
      // It may have been given a slot at the moment that it left.
      if (!this.#waiting.delete(resolve)) this.#pass();
      throw error;
    }
  }

  /** A slot goes to who has waited longest. */
  #pass(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
