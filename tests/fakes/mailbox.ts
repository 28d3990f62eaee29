import { inTime } from "./waiting.ts";

/** What has arrived and was not taken yet, in order. */
export class Mailbox<T> {
  readonly #name: string;
  readonly #items: T[] = [];
  readonly #takers: ((item: T) => void)[] = [];

  /** @param name says in a failed test what did not come */
  constructor(name: string) {
    this.#name = name;
  }

  /** How many items wait to be taken. */
  get size(): number {
    return this.#items.length;
  }

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }

  /** The oldest item; rejects when none comes. */
  take(): Promise<T> {
    const [item] = this.#items;
    if (item !== undefined) {
      this.#items.shift();
      return Promise.resolve(item);
    }
    return inTime(new Promise((resolve) => this.#takers.push(resolve)), this.#name);
  }
}
