/** The bytes of one answer: put in by its connection as they come, taken out by its reader. */
export class AnswerBody {
  readonly #wantMore: () => void;
  #come: Uint8Array[] = [];
  /** Those that are taken before what has come since, the next at the end: a server may send a million that are a byte each. */
  #ready: Uint8Array[] = [];
  #state: "coming" | "whole" | "broken" = "coming";
  #fault: Error | undefined;
  #wake: (() => void) | undefined;

  /** `wantMore` is called when a reader waits. */
  constructor(wantMore: () => void) {
    this.#wantMore = wantMore;
  }

  get isWhole(): boolean {
    return this.#state === "whole";
  }

  /** Whether there is more than the reader has taken. */
  get isAhead(): boolean {
    return this.#ready.length > 0 || this.#come.length > 0;
  }

  put(bytes: Uint8Array): void {
    this.#come.push(bytes);
    this.#tell();
  }

  end(): void {
    this.#state = "whole";
    this.#tell();
  }

  /** What has come can be read yet; then comes `fault`. */
  fail(fault: Error): void {
    if (this.#state !== "coming") return;
    this.#state = "broken";
    this.#fault = fault;
    this.#tell();
  }

  /** The next piece; undefined after the last. Throws what broke the connection. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = this.#shift();
      if (piece) return piece;
      if (this.#state === "whole") return undefined;
      if (this.#fault) throw this.#fault;
      this.#wantMore();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #shift(): Uint8Array | undefined {
    if (this.#ready.length === 0) [this.#ready, this.#come] = [this.#come.reverse(), this.#ready];
    return this.#ready.pop();
  }

  #tell(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
