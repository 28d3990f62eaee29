import type { Engine } from "../../docker/mod.ts";
import type { Clock, Timer } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { type ContainerEnd, findKeepMs, type KeepPolicy } from "../reaping/keep_policy.ts";
import { removeContainer } from "./removal.ts";

/** What keeping containers takes. */
export interface KeptContainersOptions {
  engine: Engine;
  clock: Clock;
  log: Log;
  policy: KeepPolicy;
  /** Takes an error that is not the daemon's. */
  fail: (error: unknown) => void;
}

/**
 * Containers that have ended and stay for somebody to look at. Each is removed when its time is over, as long as the executor
 * lives; it does not live for them: later it is for `reap` to do.
 */
export class KeptContainers {
  readonly #options: KeptContainersOptions;
  readonly #timers = new Set<Timer>();

  constructor(options: KeptContainersOptions) {
    this.#options = options;
  }

  /** Whether a container that has ended in that manner stays; one that does not is the caller's to remove. */
  take(containerId: string, end: ContainerEnd): "kept" | "not kept" {
    const { clock, log, policy, fail } = this.#options;
    const forMs = findKeepMs(policy, end);
    if (!forMs) return "not kept";
    log.info("the container is kept", { container: containerId, forMs });
    const timer = clock.schedule(forMs, () => {
      this.#timers.delete(timer);
      removeContainer(this.#options, containerId).catch(fail);
    });
    this.#timers.add(timer);
    return "kept";
  }

  /** Nothing more is to come of time. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel();
  }
}
