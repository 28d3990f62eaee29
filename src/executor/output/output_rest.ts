import { type ContainerInspect, type ContainerOutput, type Engine, EngineError } from "../../docker/mod.ts";
import type { Log } from "../../runtime/log.ts";

/** Where a container's output is gone on with. */
export type OutputRest =
  /** Its log from the beginning. */
  | { kind: "log"; output: ContainerOutput }
  /** From now on, or from about the time it broke off on. */
  | { kind: "from now on"; output: ContainerOutput }
  /** There is no more of it. */
  | { kind: "nothing" };

/**
 * Opens a container's output once more after the connection to it broke: from the daemon's log, which has what was
 * written meanwhile, or where none can be read by attaching again. Throws `EngineError`.
 */
export async function reopenOutput(
  containerId: string,
  { engine, log, signal, lastMs }: { engine: Engine; log: Log; signal: AbortSignal; lastMs: number },
): Promise<OutputRest> {
  const output = await attachBeforeStart(containerId, engine, signal);
  if (output) return { kind: "from now on", output };
  const container = await engine.inspectContainer(containerId, { signal });
  if (!container) return { kind: "nothing" };
  try {
    if (isWhole(container)) {
      return { kind: "log", output: await engine.openLogs(containerId, { follow: true, signal }) };
    }
    log.warn("output of the container broke off; some lines may be missing or there twice", { container: containerId });
    return {
      kind: "from now on",
      output: await engine.openLogs(containerId, { follow: true, sinceMs: lastMs, signal }),
    };
  } catch (error) {
    if (!isWithoutLog(error)) throw error;
    log.warn("output of the container broke off, and no log of it can be read; some may be missing", {
      container: containerId,
    });
    if (!container.State.Running) return { kind: "nothing" };
    return { kind: "from now on", output: await engine.openAttach(containerId, { signal }) };
  }
}

/**
 * Attaches to a container that has not been started, which gives all that it will write: its log would end at once, and
 * nobody would know when to read it again. `undefined` when it has been started, perhaps meanwhile.
 */
async function attachBeforeStart(
  containerId: string,
  engine: Engine,
  signal: AbortSignal,
): Promise<ContainerOutput | undefined> {
  const isCreated = async () => (await engine.inspectContainer(containerId, { signal }))?.State.Status === "created";
  if (!(await isCreated())) return undefined;
  await using held = new AsyncDisposableStack();
  const output = held.use(await engine.openAttach(containerId, { signal }));
  if (!(await isCreated())) return undefined;
  held.move();
  return output;
}

/** Whether the log still has its beginning: this is Docker's usual driver, and it does not rotate unless it is told to. */
function isWhole({ HostConfig: { LogConfig } }: ContainerInspect): boolean {
  return LogConfig?.Type === "json-file" && LogConfig.Config["max-size"] === undefined;
}

/** By status 501; daemons before API 1.40 say 500 and the same words. */
function isWithoutLog(error: unknown): boolean {
  if (!(error instanceof EngineError)) return false;
  return error.code === "unsupported" || /does not support reading/.test(error.message);
}
