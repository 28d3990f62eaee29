import type { CallOptions, Engine } from "../../src/docker/mod.ts";
import { type Clock, sleep } from "../../src/runtime/clock.ts";
import { abortedError, FaultPlan, untilAborted } from "./engine_faults.ts";

/** Names of the calls that a fault can be planned for. */
export type EngineMethod = Exclude<keyof Engine, symbol | "events">;

/** What a call did, in the words of a test. */
export interface EngineCallRecord {
  readonly method: EngineMethod;
  /** The image, container or command that was named. */
  readonly subject: string;
  readonly options: unknown;
}

/** Makes the calls of a fake engine: keeps a record of each, with the fault that is planned for it. */
export class FakeCalls {
  readonly records: EngineCallRecord[] = [];
  readonly faults = new FaultPlan<EngineMethod>();
  readonly #clock: Clock;
  readonly #disposed = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends all calls. */
  end(): void {
    this.#disposed.abort();
  }

  /** Aborted by the caller, or by the end of the engine. */
  signalOf(options: CallOptions | undefined): AbortSignal {
    const { signal } = this.#disposed;
    return options?.signal ? AbortSignal.any([signal, options.signal]) : signal;
  }

  async make<Result>(
    method: EngineMethod,
    subject: string,
    options: CallOptions | undefined,
    effect: () => Result,
  ): Promise<Result> {
    this.records.push({ method, subject, options });
    const signal = this.signalOf(options);
    const fault = this.faults.take(method);
    // The daemon answers later, never within the call.
    await Promise.resolve();
    if (signal.aborted) throw abortedError(method);
    if (fault?.kind === "delay") {
      await Promise.race([sleep(this.#clock, fault.delayMs), untilAborted(method, signal)]);
    } else if (fault) {
      if (fault.effect === "done") effect();
      if (fault.kind === "fail") throw fault.error;
      await untilAborted(method, signal);
    }
    return effect();
  }
}
