import { type ContainerWait, type Engine, EngineError } from "../../docker/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { TaskError } from "../task/task_error.ts";

/** Pause between looks at a container whose wait broke. */
const lookIntervalMs = 1000;

/** How long a daemon may be away before its container counts as lost. */
const daemonPatienceMs = 60_000;

/** What watching takes. */
export interface WatchOptions {
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** Hears of a wait that broke. */
  onBroken?: () => void;
}

/**
 * The exit status of a container, by the wait that was opened before its start. When that breaks (the daemon went
 * away) the container is inspected until the daemon is back, and waited for again if it still runs. Throws
 * {@link TaskError} `lost` when there is nothing left to ask, and the signal's reason when nobody wants to know any more.
 */
export async function watchExit(
  engine: Engine,
  containerId: string,
  wait: ContainerWait,
  options: WatchOptions,
): Promise<number> {
  try {
    return (await wait.exit).statusCode;
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof EngineError)) throw error;
    options.onBroken?.();
    options.log.warn("wait for the container broke", { container: containerId, error: error.message });
    return await lookForExit(engine, containerId, options);
  }
}

async function lookForExit(engine: Engine, containerId: string, options: WatchOptions): Promise<number> {
  const { log } = options;
  let daemonSeen = options.clock.now();
  for (;;) {
    try {
      // The wait comes first: an exit between the look and the wait would otherwise never be told.
      await using wait = await engine.openWait(containerId, { signal: options.signal });
      const container = await engine.inspectContainer(containerId);
      daemonSeen = options.clock.now();
      if (!container) throw new TaskError("lost", `Container ${containerId} disappeared`);
      if (["exited", "dead"].includes(container.State.Status)) {
        // Nobody reads what a container writes while its daemon is away, and what is unread goes with the container.
        log.warn("the container ended while its daemon was away: its last output may be missing", {
          container: containerId,
        });
        return container.State.ExitCode;
      }
      return (await wait.exit).statusCode;
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof EngineError)) throw error;
      if (error.code === "not_found")
        throw new TaskError("lost", `Container ${containerId} disappeared`, { cause: error });
      if (options.clock.now() - daemonSeen > daemonPatienceMs) {
        throw new TaskError("lost", `Cannot learn how container ${containerId} ended: ${error.message}`, {
          cause: error,
        });
      }
    }
    await sleep(options.clock, lookIntervalMs, options);
  }
}
