import type { Engine } from "../../docker/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { toFault } from "../task/engine_fault.ts";

/** Attempts to remove a container, and the pause between them. */
const removeAttempts = 5;
const removeRetryMs = 1000;

/** Removes a container whatever it is doing. One that the daemon does not remove is left behind, and said to be. */
export async function removeContainer(
  { engine, clock, log }: { engine: Engine; clock: Clock; log: Log },
  container: string,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await engine.removeContainer(container, { force: true, volumes: true });
    } catch (error) {
      const { message } = toFault(error, "lost");
      if (attempt === removeAttempts) return log.error("container left behind", { container, error: message });
      log.warn("the daemon did not remove the container", { container, error: message });
      await sleep(clock, removeRetryMs);
    }
  }
}
