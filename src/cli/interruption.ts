import { onTermination } from "../runtime/termination.ts";

/** Aborts its signal when this process is asked to end, until disposed of. */
export interface Interruption extends Disposable {
  /** Its reason says which signal came. */
  readonly signal: AbortSignal;
  /** Aborted when it is asked once more. */
  readonly again: AbortSignal;
}

/** What a command runs under that is to clean up when it is interrupted. */
export function openInterruption(): Interruption {
  const [ending, hurrying] = [new AbortController(), new AbortController()];
  const signals = onTermination((name, count) => {
    const ended = count === 1 ? ending : hurrying;
    ended.abort(new Error(`interrupted by ${name}`));
  });
  return { signal: ending.signal, again: hurrying.signal, [Symbol.dispose]: () => signals[Symbol.dispose]() };
}
