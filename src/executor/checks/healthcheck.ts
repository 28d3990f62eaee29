import { type Engine, EngineError } from "../../docker/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";

/** Pause before a daemon that went away is listened to again. */
const listenAgainMs = 5000;

/** What following takes. */
export interface HealthcheckOptions {
  engine: Engine;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * What the daemon finds by the HEALTHCHECK of a container's image, each time that it changes: `healthy`, `unhealthy`. Ends
 * when the container has none. Throws the signal's reason.
 */
export async function* followHealthcheck(
  containerId: string,
  options: HealthcheckOptions,
): AsyncGenerator<"healthy" | "unhealthy", void, undefined> {
  const { engine, clock, signal } = options;
  let told: string | undefined;
  for (;;) {
    try {
      const sinceMs = clock.now();
      const health = (await engine.inspectContainer(containerId, { signal }))?.State.Health;
      if (!health) return;
      for await (const status of statuses(containerId, health.Status, sinceMs, options)) {
        if ((status !== "healthy" && status !== "unhealthy") || status === told) continue;
        told = status;
        yield status;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof EngineError)) throw error;
    }
    await sleep(clock, listenAgainMs, { signal });
  }
}

/** The status now, and each one that follows: events of since the look are not missed. */
async function* statuses(
  containerId: string,
  now: string,
  sinceMs: number,
  { engine, signal }: HealthcheckOptions,
): AsyncGenerator<string, void, undefined> {
  yield now;
  const filters = { type: ["container"], event: ["health_status"], container: [containerId] };
  for await (const { action } of engine.events({ filters, sinceMs, signal })) {
    yield action.replace(/^health_status:\s*/, "");
  }
}
