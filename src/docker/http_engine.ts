import { type Clock, systemClock } from "../runtime/clock.ts";
import { type Log, silentLog } from "../runtime/log.ts";
import { createContainerCalls } from "./calls/containers.ts";
import { createEventCalls } from "./calls/events.ts";
import { createExecCalls } from "./calls/exec.ts";
import { createImageListCalls } from "./calls/image_lists.ts";
import { createImageCalls } from "./calls/images.ts";
import { createOutputCalls } from "./calls/output.ts";
import { createSizeCalls } from "./calls/sizes.ts";
import { createSystemCalls } from "./calls/system.ts";
import { createWaitCalls } from "./calls/wait.ts";
import type { Engine } from "./engine.ts";
import type { EngineAddress } from "./engine_address.ts";
import { EngineConnection } from "./http/connection.ts";
import { defaultEngineDeadlines, type EngineDeadlines } from "./http/deadlines.ts";

/** Options of {@link openEngine}. */
export interface HttpEngineOptions {
  readonly clock?: Clock;
  readonly log?: Log;
  /** Those that are left out are {@link defaultEngineDeadlines}. */
  readonly deadlines?: Partial<EngineDeadlines>;
  /** Spoken instead of the newest version that both sides know (DOCKER_API_VERSION). */
  readonly apiVersion?: string;
}

/**
 * The daemon at this address. Nothing is sent, and docker-modem is not loaded, before the first call.
 *
 * ```ts
 * await using engine = openEngine(parseEngineAddress(process.env.DOCKER_HOST));
 * const { engineVersion } = await engine.version();
 * ```
 */
export function openEngine(address: EngineAddress, options: HttpEngineOptions = {}): Engine {
  const connection = new EngineConnection(address, {
    clock: options.clock ?? systemClock,
    log: options.log ?? silentLog,
    deadlines: { ...defaultEngineDeadlines, ...options.deadlines },
    apiVersion: options.apiVersion,
  });
  return {
    ...createSystemCalls(connection),
    ...createImageCalls(connection),
    ...createImageListCalls(connection),
    ...createContainerCalls(connection),
    ...createWaitCalls(connection),
    ...createSizeCalls(connection),
    ...createExecCalls(connection),
    ...createOutputCalls(connection),
    ...createEventCalls(connection),
    [Symbol.asyncDispose]: async () => connection[Symbol.dispose](),
  };
}
