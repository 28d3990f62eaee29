/** A stream that a test writes: gives what is pushed, in order, until it is ended or broken. To be iterated once. */
export class PushStream<Item> implements AsyncIterable<Item> {
  readonly #items: Item[] = [];
  #end: { kind: "open" } | { kind: "ended" } | { kind: "broken"; error: Error } = { kind: "open" };
  #wake = Promise.withResolvers<void>();

  push(item: Item): void {
    if (this.#end.kind !== "open") return;
    this.#items.push(item);
    this.#wake.resolve();
  }

  /** What was pushed before still comes. */
  end(): void {
    this.#close({ kind: "ended" });
  }

  /** What was pushed before still comes, and then the error. */
  break(error: Error): void {
    this.#close({ kind: "broken", error });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#end.kind === "broken") throw this.#end.error;
      else if (this.#end.kind === "ended") return;
      else await this.#wake.promise;
      this.#wake = Promise.withResolvers();
      if (this.#items.length > 0 || this.#end.kind !== "open") this.#wake.resolve();
    }
  }

  #close(end: { kind: "ended" } | { kind: "broken"; error: Error }): void {
    if (this.#end.kind !== "open") return;
    this.#end = end;
    this.#wake.resolve();
  }
}
