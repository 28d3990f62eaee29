import type { Engine } from "../../docker/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { toFault } from "../task/engine_fault.ts";
import type { TaskInput } from "../task/task_state.ts";
import { type ContainerProcess, isAlive, tryKill } from "./process.ts";

/** What the daemon may take beyond a grace: the process is to be gone by then, so that killing it again harms nobody. */
const marginMs = 1000;

/**
 * How long a daemon that did not stop a container may take to tell of its end, once its process is gone. What was killed
 * here has ended as is known; how something else ended only the daemon can tell.
 */
const newsPatienceMs = { killed: 2000, gone: 10_000 } as const;
const lookIntervalMs = 100;

/** Pause before a daemon that failed is asked again, as long as there is grace. */
const askAgainMs = 1000;

/** Status of a process that SIGKILL ended. */
const killedStatus = 137;

/** What stopping takes. */
export interface StoppingOptions {
  engine: Engine;
  clock: Clock;
  log: Log;
  feed: (input: TaskInput) => void;
  /** Aborted when the container has ended and is being removed. */
  signal: AbortSignal;
  /** The container's first process, when it is known. */
  process: ContainerProcess | undefined;
}

/**
 * Stops a container within its grace, or at once: by the daemon, and by the container's process when the daemon does not.
 * Gives `stop_failed` when neither did, and the end of the container when the daemon does not tell of it.
 */
export async function stopContainer(containerId: string, graceMs: number, options: StoppingOptions): Promise<void> {
  const { clock, log, signal, feed } = options;
  const end = clock.now() + graceMs;
  for (;;) {
    try {
      return await askDaemon(containerId, end - clock.now(), options);
    } catch (error) {
      // It has ended meanwhile and is being removed: there is nothing left to stop.
      if (signal.aborted) return;
      log.error("the daemon did not stop the container", {
        container: containerId,
        error: toFault(error, "lost").message,
      });
    }
    // A daemon that is away for a moment does not take the rest of its grace from a container.
    if (clock.now() >= end) break;
    const isGivenUp = await sleep(clock, Math.min(askAgainMs, end - clock.now()), { signal }).then(
      () => false,
      () => true,
    );
    if (isGivenUp) return;
  }
  const found = options.process;
  const outcome = found ? tryKill(found, log) : "failed";
  if (!found || outcome === "failed") feed({ kind: "stop_failed" });
  else await tellEnd(containerId, found, outcome, options);
}

async function askDaemon(containerId: string, graceMs: number, options: StoppingOptions): Promise<void> {
  const { engine } = options;
  const kill = () => engine.killContainer(containerId, { killSignal: "SIGKILL", deadlineMs: marginMs });
  if (graceMs <= 0) return await kill();
  const graceSeconds = Math.ceil(graceMs / 1000);
  const stopped = engine.stopContainer(containerId, { graceSeconds, deadlineMs: marginMs });
  if (graceSeconds * 1000 === graceMs) return await stopped;
  // The daemon takes whole seconds, and somebody may be waiting who does not wait longer than was said.
  if ((await passOrEnd(stopped, graceMs, options)) === "passed") await kill();
}

/** Whether the grace passes before the stop ends; throws what the stop does. */
async function passOrEnd(
  stopped: Promise<void>,
  graceMs: number,
  { clock, signal }: StoppingOptions,
): Promise<"passed" | "ended"> {
  const waiting = new AbortController();
  const passed = sleep(clock, graceMs, { signal: AbortSignal.any([signal, waiting.signal]) }).then(
    () => "passed" as const,
    () => "ended" as const,
  );
  try {
    return await Promise.race([stopped.then(() => "ended" as const), passed]);
  } finally {
    waiting.abort();
  }
}

/** The daemon's own news ends the wait by aborting the signal; without, what is known here is told. */
async function tellEnd(
  containerId: string,
  found: ContainerProcess,
  outcome: "killed" | "gone",
  { clock, signal, feed }: StoppingOptions,
): Promise<void> {
  const until = clock.now() + newsPatienceMs[outcome];
  try {
    while (clock.now() < until) await sleep(clock, lookIntervalMs, { signal });
  } catch {
    // Aborted: the daemon has told of the end, and the container is being removed.
    return;
  }
  if (isAlive(found)) return feed({ kind: "stop_failed" });
  if (outcome === "killed") return feed({ kind: "exited", status: killedStatus });
  const message = `Container ${containerId} has ended, and the daemon does not tell how`;
  feed({ kind: "vanished", fault: { code: "lost", message } });
}
