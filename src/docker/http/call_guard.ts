import type { Clock, Timer } from "../../runtime/clock.ts";
import { EngineError } from "../engine_error.ts";

/** What a call is about, for its errors: `Cannot <action> "<subject>": …`. */
export interface CallSubject {
  readonly action: string;
  readonly subject: string;
}

/** First half of every message about a call. */
export function cannot(call: CallSubject): string {
  return `Cannot ${call.action} "${call.subject}"`;
}

/**
 * Ends one call at the first of: the caller's abort, its deadline, the end of the engine. The reason of its signal is
 * the EngineError that the call then fails with.
 */
export class CallGuard implements Disposable {
  readonly call: CallSubject;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #callerSignal: AbortSignal | undefined;
  readonly #onCallerAbort = () => this.#abortByCaller();
  readonly #cleanups: (() => void)[] = [];
  #timer: Timer | undefined;
  #isOver = false;

  constructor(call: CallSubject, options: { clock: Clock; signal?: AbortSignal | undefined }) {
    this.call = call;
    this.#clock = options.clock;
    this.#callerSignal = options.signal;
    if (options.signal?.aborted) this.#abortByCaller();
    else options.signal?.addEventListener("abort", this.#onCallerAbort, { once: true });
  }

  /** Aborted when the call must end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** (Re)starts the deadline; `waitedFor` ends the sentence "the Docker daemon …". */
  startDeadline(deadlineMs: number, waitedFor = "gave no answer"): void {
    this.stopDeadline();
    if (this.#isOver) return;
    this.#timer = this.#clock.schedule(deadlineMs, () => {
      const found = `the Docker daemon ${waitedFor} within ${deadlineMs / 1000} s`;
      this.abort(new EngineError("timeout", `${cannot(this.call)}: ${found}`));
    });
  }

  /** From here on the call may take as long as it likes. */
  stopDeadline(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Ends the call with this error, unless it has ended before. */
  abort(error: EngineError): void {
    this.#controller.abort(error);
  }

  /** Settles as `work` does, or rejects as soon as the call must end; the work itself may then go on unseen. */
  async race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    if (signal.aborted) {
      work.catch(() => undefined); // Nobody waits for it any more; why is told by the signal.
      throw signal.reason;
    }
    const { promise, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([work, promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Has this done when the call is over, however it ended. */
  defer(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  /** The call is over: lets the timer and the caller's signal go, and does what was deferred. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    this.stopDeadline();
    this.#callerSignal?.removeEventListener("abort", this.#onCallerAbort);
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }

  #abortByCaller(): void {
    const cause: unknown = this.#callerSignal?.reason;
    const why = cause instanceof Error && cause.message !== "" ? `aborted (${cause.message})` : "aborted";
    this.abort(new EngineError("aborted", `${cannot(this.call)}: ${why}`, { cause }));
  }
}
