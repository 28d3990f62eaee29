import type { Log } from "../runtime/log.ts";

/** Warns of a daemon that is away: once for each reason, until it has answered. */
export class AwayWarning {
  readonly #log: Log;
  readonly #message: string;
  readonly #told = new Set<string>();

  /** `message` is what is done about it. */
  constructor(log: Log, message: string) {
    this.#log = log;
    this.#message = message;
  }

  /** It is away, for this reason. */
  tell({ message }: Error): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#log.warn(this.#message, { error: message });
  }

  /** It has answered: the next time is news. */
  clear(): void {
    this.#told.clear();
  }
}
