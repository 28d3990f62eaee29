/** Lets callers in one at a time, in the order of their coming. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all who came before are done, whatever became of them. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** A mutex per key, forgotten when nobody waits. */
export class KeyedMutex {
  readonly #members = new Map<string, { mutex: Mutex; users: number }>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const member = this.#members.get(key) ?? { mutex: new Mutex(), users: 0 };
    this.#members.set(key, member);
    member.users += 1;
    try {
      return await member.mutex.run(work);
    } finally {
      member.users -= 1;
      if (member.users === 0) this.#members.delete(key);
    }
  }
}
