/** How long a test waits for what has to come: far more than it takes, and less than a test runner's own patience. */
const patienceMs = 4000;

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

/** The promise's own outcome, or a rejection when that does not come in a test's time. */
export function inTime<T>(promise: Promise<T>, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Cannot go on: ${name} did not come`)), patienceMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Lets everything happen that is under way: for tests that something does not happen. */
export function settle(ms = 30): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
