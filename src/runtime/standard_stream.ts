import { closeSync, fstatSync, ftruncateSync } from "node:fs";

/**
 * The descriptor that stands for one of the process' standard streams: its own until another file takes its place.
 * JavaScript has no dup2(), so whoever writes to the stream asks here where it leads now.
 */
export class StandardStream {
  readonly #own: number;
  #fd: number;

  constructor(own: number) {
    this.#own = own;
    this.#fd = own;
  }

  /** Open until the process ends, or until {@link replace}. */
  get fd(): number {
    return this.#fd;
  }

  /** Leads the stream to another open file, which then belongs to it. */
  replace(fd: number): void {
    const before = this.#fd;
    this.#fd = fd;
    if (before !== this.#own) closeSync(before);
    // Cannot be closed, and would hold the space of a file that has been removed for as long as the process lives.
    const { nlink, size } = fstatSync(this.#own);
    if (nlink === 0 && size > 0) ftruncateSync(this.#own, 0);
  }

  /** Nothing: the stream lasts as long as the process. */
  close(): void {}
}

/** Where the process' output goes. */
export const standardOutput = new StandardStream(1);

/** Where the process' own log goes, and the errors of an executor's first task. */
export const standardError = new StandardStream(2);
