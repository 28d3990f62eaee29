import { EngineError, type EngineErrorCode } from "../../src/docker/mod.ts";

/** What goes wrong with a call. With `effect: "done"` the daemon has done it all the same, and only its answer is lost. */
export type PlannedFault =
  | { kind: "fail"; error: EngineError; effect: "none" | "done" }
  | { kind: "hang"; effect: "none" | "done" }
  | { kind: "delay"; delayMs: number };

/** A call that the daemon refuses, or whose answer is lost. */
export function fail(
  code: EngineErrorCode,
  message: string = code,
  options: { effect?: "none" | "done" } = {},
): PlannedFault {
  const { effect = "none" } = options;
  // What was done and not told is what a broken connection leaves, and those may be tried again.
  const error =
    effect === "done" ? new EngineError(code, message, { retryable: true }) : new EngineError(code, message);
  return { kind: "fail", error, effect };
}

/** A call that is not answered until its caller gives it up. */
export function hang(options: { effect?: "none" | "done" } = {}): PlannedFault {
  return { kind: "hang", effect: options.effect ?? "none" };
}

/** A call that takes this long, by the fake engine's clock. */
export function delay(delayMs: number): PlannedFault {
  return { kind: "delay", delayMs };
}

/** Faults by the names of calls: some for the next calls, in order, and perhaps one for all that follow. */
export class FaultPlan<Name extends string> {
  readonly #next = new Map<Name, PlannedFault[]>();
  readonly #always = new Map<Name, PlannedFault>();

  once(name: Name, faults: readonly PlannedFault[]): void {
    this.#next.set(name, [...(this.#next.get(name) ?? []), ...faults]);
  }

  always(name: Name, fault: PlannedFault): void {
    this.#always.set(name, fault);
  }

  clear(name: Name): void {
    this.#next.delete(name);
    this.#always.delete(name);
  }

  take(name: Name): PlannedFault | undefined {
    return this.#next.get(name)?.shift() ?? this.#always.get(name);
  }
}

/** The error of a call that was given up. */
export function abortedError(action: string): EngineError {
  return new EngineError("aborted", `Cannot ${action}: the call was ended`);
}

/** Never resolves; rejects when the caller gives up. */
export function untilAborted(action: string, signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(abortedError(action));
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

/** What the daemon says of an image or a container that it does not have. */
export function notFound(action: string, subject: string): EngineError {
  return new EngineError("not_found", `Cannot ${action} "${subject}": not found`, { status: 404 });
}
