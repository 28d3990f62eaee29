import type { Engine } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { toFault } from "../task/engine_fault.ts";
import type { ContainerExit } from "../task/task_state.ts";

/** How long the daemon may take to tell why a container ended: how it ended is known, and somebody waits for that. */
const causePatienceMs = 10_000;

/**
 * Why a container ended: what was seen of the kernel's doing counts before what the daemon says. Its status is known by now,
 * and is not given up when the daemon cannot tell the cause.
 */
export async function findCause(
  containerId: string,
  { engine, clock, log, seen }: { engine: Engine; clock: Clock; log: Log; seen: { kills: number } | undefined },
): Promise<ContainerExit["cause"]> {
  if (seen && seen.kills > 0) return "out_of_memory";
  const patience = new AbortController();
  const timer = clock.schedule(causePatienceMs, () => patience.abort());
  try {
    const container = await engine.inspectContainer(containerId, { signal: patience.signal });
    return container?.State.OOMKilled || (seen && seen.kills > 0) ? "out_of_memory" : "exit";
  } catch (error) {
    const { message } = toFault(error, "lost");
    log.warn("cannot tell whether the container was out of memory", { container: containerId, error: message });
    return "exit";
  } finally {
    timer.cancel();
  }
}
