import { type ContainerInspect, type Engine, EngineError, isAnswerLost } from "../../docker/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { toFault } from "../task/engine_fault.ts";
import { TaskError } from "../task/task_error.ts";
import type { TaskSpec, WindowSize } from "../task/task_spec.ts";
import type { StartedContainer } from "../task/task_state.ts";
import { findProcesses, tryKill } from "./process.ts";

/** What starting takes. */
export interface StartingOptions {
  engine: Engine;
  spec: TaskSpec;
  clock: Clock;
  log: Log;
  /** Aborted when the start has taken longer than somebody who wants the task's end can wait. */
  signal: AbortSignal;
}

/** Looks at a container that has just been started, and the pause between them. */
const inspectAttempts = 10;
const inspectRetryMs = 500;

/**
 * Pauses before a start is tried again, counted for each of two causes. A port was taken: its last owner may be about to let go
 * of it. A start fails after another was cut off: what that has left behind, e.g. a directory of the container's shim, is in
 * the way until containerd has cleared it away.
 */
const pausesMs = [1000, 2000, 4000] as const;

/** How many times a start is asked for whose answer never came. */
const startAttempts = 3;

/**
 * Starts a container once, however often the daemon has to be asked: when an answer is lost, the container says whether
 * it was started. Throws {@link TaskError} and `EngineError`.
 */
export async function startContainer(containerId: string, options: StartingOptions): Promise<void> {
  const { engine, spec, clock, log, signal } = options;
  const portPauses = isPublishing(spec) ? [...pausesMs] : [];
  const remnantPauses = [...pausesMs];
  for (let lost = 0; ; ) {
    try {
      return await engine.startContainer(containerId, { signal });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (isAnswerLost(error)) {
        if (++lost === startAttempts) throw explain(error, spec);
        log.warn("it is not known whether the container was started", { error: error.message });
        if (await hasStarted(containerId, options)) return;
        continue;
      }
      const pauses = isPortTaken(error) ? portPauses : lost > 0 && error.code === "failed" ? remnantPauses : [];
      if (pauses === remnantPauses) killRemnants(containerId, log);
      const pauseMs = pauses.shift();
      if (pauseMs === undefined) throw explain(error, spec);
      log.warn("the container is started again", { error: error.message, waitMs: pauseMs });
      await sleep(clock, pauseMs, { signal });
    }
  }
}

async function hasStarted(containerId: string, { engine, signal }: StartingOptions): Promise<boolean> {
  const container = await engine.inspectContainer(containerId, { signal });
  if (!container) throw new TaskError("lost", `Container ${containerId} disappeared when it was started`);
  return container.State.Status !== "created";
}

/**
 * A daemon that was killed between a start and its own note of it knows nothing of the process, which runs on and keeps
 * the container from being started. It says that the start failed, so that whatever runs is such a one.
 */
function killRemnants(containerId: string, log: Log): void {
  for (const found of findProcesses(containerId)) tryKill(found, log);
}

function isPublishing({ ports, portsForExposed, container }: TaskSpec): boolean {
  const bindings = Object.keys(container.HostConfig?.PortBindings ?? {});
  return ports.length + bindings.length + (portsForExposed ?? []).length > 0;
}

/** By the daemon's text, in all its versions: the status is 500 as for everything that goes wrong at a start. */
function isPortTaken(error: EngineError): boolean {
  return error.code === "failed" && /port is already allocated|address already in use/.test(error.message);
}

/** The daemon looks for devices only now, and does not say which field of the task wants them. */
function explain(error: EngineError, { sources }: TaskSpec): Error {
  const devices = sources["HostConfig.DeviceRequests"];
  if (!devices) return error;
  return new TaskError("launch", `Cannot honour ${devices.join(", ")}: ${error.message}`, { cause: error });
}

/**
 * A container that was just started, looked at more than once: it is no failed task because the daemon was busy
 * (contract B.6). Throws {@link TaskError} `lost` when it is not there.
 */
export async function inspectStarted(
  containerId: string,
  { engine, clock, log, signal }: StartingOptions,
): Promise<ContainerInspect> {
  for (let attempt = 1; ; attempt++) {
    try {
      const container = await engine.inspectContainer(containerId, { signal });
      if (container) return container;
      throw new TaskError("lost", `Container ${containerId} disappeared when it was started`);
    } catch (error) {
      if (attempt === inspectAttempts || signal.aborted || error instanceof TaskError) throw error;
      log.warn("the daemon did not describe the container", { error: toFault(error, "launch").message });
      await sleep(clock, inspectRetryMs, { signal });
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
