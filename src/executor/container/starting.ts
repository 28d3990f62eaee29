import { type ContainerInspect, type Engine, EngineError } from "../../docker/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { toFault } from "../task/engine_fault.ts";
import { TaskError } from "../task/task_error.ts";
import type { TaskSpec, WindowSize } from "../task/task_spec.ts";
import type { StartedContainer } from "../task/task_state.ts";

/** What starting takes. */
export interface StartingOptions {
  engine: Engine;
  spec: TaskSpec;
  clock: Clock;
  log: Log;
}

/** Looks at a container that has just been started, and the pause between them. */
const inspectAttempts = 10;
const inspectRetryMs = 500;

/** The daemon looks for devices only now, and does not say which field of the task wants them. */
export async function startContainer(containerId: string, { engine, spec }: StartingOptions): Promise<void> {
  try {
    await engine.startContainer(containerId);
  } catch (error) {
    const devices = spec.sources["HostConfig.DeviceRequests"];
    if (!devices || !(error instanceof EngineError)) throw error;
    throw new TaskError("launch", `Cannot honour ${devices.join(", ")}: ${error.message}`, { cause: error });
  }
}

/**
 * A container that was just started, looked at more than once: it is no failed task because the daemon was busy
 * (contract B.6). Throws {@link TaskError} `lost` when it is not there.
 */
export async function inspectStarted(
  containerId: string,
  { engine, clock, log }: StartingOptions,
): Promise<ContainerInspect> {
  for (let attempt = 1; ; attempt++) {
    try {
      const container = await engine.inspectContainer(containerId);
      if (container) return container;
      throw new TaskError("lost", `Container ${containerId} disappeared when it was started`);
    } catch (error) {
      if (attempt === inspectAttempts || error instanceof TaskError) throw error;
      log.warn("the daemon did not describe the container", { error: toFault(error, "launch").message });
      await sleep(clock, inspectRetryMs);
    }
  }
}

/** Gives a container's terminal its size; one of another size is no reason to end a task. */
export async function resizeTerminal(
  containerId: string,
  size: WindowSize,
  { engine, log }: StartingOptions,
): Promise<void> {
  try {
    await engine.resizeTty(containerId, size);
  } catch (error) {
    log.warn("the terminal kept its size", { error: toFault(error, "launch").message });
  }
}

/** Where a container can be reached, in the order of its networks. */
export function toAddresses(container: ContainerInspect): StartedContainer["addresses"] {
  return Object.values(container.NetworkSettings.Networks).flatMap((network): StartedContainer["addresses"] => [
    ...(network.IPAddress ? [{ address: network.IPAddress, family: "ipv4" } as const] : []),
    ...(network.GlobalIPv6Address ? [{ address: network.GlobalIPv6Address, family: "ipv6" } as const] : []),
  ]);
}
