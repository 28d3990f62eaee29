import type { Clock, Timer } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";

/** What of the shutdown grace is left for the last updates and the end of the process (contract B.7). */
export const shutdownMarginMs = 2000;

/** Why an executor that has nothing to do waits, how long, and how it ends when nothing comes. */
const manners = {
  /** The agent has not acknowledged the last update (contract A.9). */
  idle: { patienceMs: 60_000, exitCode: 1, warning: "the agent did not acknowledge the last update" },
  /** The same of an agent that has asked for the end, and may no longer acknowledge anything (contract A.12). */
  ending: { patienceMs: shutdownMarginMs / 2, exitCode: 0, warning: "the agent did not acknowledge the last update" },
  /** A KILL came before its LAUNCH, which the agent may never send now (contract, case 45). */
  unlaunched: { patienceMs: 60_000, exitCode: 0, warning: "no LAUNCH followed the KILL" },
} as const;

/** The last wait of an executor. */
export class Settling {
  readonly #options: { clock: Clock; log: Log; end: (exitCode: number) => void };
  #present: { manner: keyof typeof manners; timer: Timer } | undefined;

  constructor(options: { clock: Clock; log: Log; end: (exitCode: number) => void }) {
    this.#options = options;
  }

  /** Begins to wait, unless this is being waited for. */
  start(manner: keyof typeof manners): void {
    if (this.#present?.manner === manner) return;
    this.stop();
    const { clock, log, end } = this.#options;
    const { patienceMs, exitCode, warning } = manners[manner];
    const timer = clock.schedule(patienceMs, () => {
      log.warn(warning);
      end(exitCode);
    });
    this.#present = { manner, timer };
  }

  /** There is something to do again. */
  stop(): void {
    this.#present?.timer.cancel();
    this.#present = undefined;
  }
}
