import { type ContainerSummary, type Engine, EngineError } from "../../docker/mod.ts";
import { taskLabel } from "../../images/task_label.ts";
import type { Log } from "../../runtime/log.ts";
import { type ProcessSight, readProcessSight } from "../../runtime/process_identity.ts";
import { findKeptUntil, mayBeKept } from "./keep_policy.ts";
import { judgeContainer } from "./orphans.ts";

/** What was done with a container that has lost its executor. */
export interface Reaped {
  containerId: string;
  taskId: string;
  /** Why nobody looks after it. */
  why: string;
  /** `found` when nothing was to be done. */
  outcome: "removed" | "failed" | "found";
}

/** What reaping takes. */
export interface ReapOptions {
  log: Log;
  /** Whether orphans are removed, or only told of. */
  mode: "remove" | "tell";
  /** Of this process unless given. */
  surroundings?: ProcessSight;
  signal?: AbortSignal;
  /** Milliseconds since the epoch; now unless given. */
  nowMs?: number;
}

/**
 * Removes the containers whose executor is gone: a crash, or a SIGKILL of the agent, leaves them running (contract 0.2,
 * trap 3). Containers without our labels are not looked at. Rejects with `EngineError` when the daemon cannot be asked.
 */
export async function reapOrphans(engine: Engine, options: ReapOptions): Promise<Reaped[]> {
  const { log, signal, mode } = options;
  const surroundings = options.surroundings ?? readProcessSight();
  const containers = await engine.listContainers({ all: true, labels: [taskLabel], ...(signal ? { signal } : {}) });
  const reaped: Reaped[] = [];
  for (const container of containers) {
    const verdict = judgeContainer(container, surroundings);
    if (verdict.kind === "unknown") log.info("container left alone", { container: container.Id, why: verdict.why });
    if (verdict.kind !== "orphan" || (await isKept(engine, container, options))) continue;
    const outcome = mode === "tell" ? "found" : await remove(engine, container, log);
    reaped.push({ containerId: container.Id, taskId: container.Labels[taskLabel] ?? "", why: verdict.why, outcome });
  }
  return reaped;
}

/** Whether an orphan stays for somebody to look at; only one that asks for it is looked at, and that it is gone is news enough. */
async function isKept(
  engine: Engine,
  { Id, Labels }: ContainerSummary,
  { log, signal, nowMs = Date.now() }: ReapOptions,
): Promise<boolean> {
  if (!mayBeKept(Labels)) return false;
  const container = await engine.inspectContainer(Id, signal ? { signal } : {});
  if (!container) return true;
  const until = findKeptUntil(Labels, container.State);
  if (until === undefined || until <= nowMs) return false;
  log.info("container kept", { container: Id, until: new Date(until).toISOString() });
  return true;
}

/** One that cannot be removed keeps none of the others. */
async function remove(engine: Engine, { Id }: ContainerSummary, log: Log): Promise<"removed" | "failed"> {
  try {
    await engine.removeContainer(Id, { force: true, volumes: true });
    return "removed";
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    log.error("orphan left behind", { container: Id, error: error.message });
    return "failed";
  }
}
