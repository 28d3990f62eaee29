import type { ContainerSummary } from "../../docker/mod.ts";
import type { ProcessIdentity, ProcessSight } from "../../runtime/process_identity.ts";
import { readOwner } from "../container/identity.ts";

/** What becomes of a container whose executor is looked for, and why. */
export type Verdict =
  | { kind: "owned" }
  /** Nobody looks after it. */
  | { kind: "orphan"; why: string }
  /** It cannot be told from here, so it is left alone. */
  | { kind: "unknown"; why: string };

/** States of a container that no process is in. */
const atRest = new Set(["created", "exited", "dead"]);

/** Whether a container of ours still has its executor. */
export function judgeContainer(container: ContainerSummary, surroundings: ProcessSight): Verdict {
  const owner = readOwner(container.Labels);
  if (!owner) return { kind: "unknown", why: "its labels name no process" };
  return judgeOwner(owner, container.State, surroundings);
}

/**
 * Pids mean something in one namespace of one boot alone. After another boot the executor is gone; but it may also be that
 * of another host which shares this daemon, whose containers run: those are left alone.
 */
function judgeOwner(owner: ProcessIdentity, state: string, { world, readStart }: ProcessSight): Verdict {
  if (owner.bootId !== world.bootId) {
    if (!atRest.has(state))
      return { kind: "unknown", why: "its executor is that of another host, or of before a boot" };
    return { kind: "orphan", why: "its executor was started before this boot, or on another host" };
  }
  if (owner.pidNamespace !== world.pidNamespace) {
    return { kind: "unknown", why: `its executor lives in ${owner.pidNamespace}, which is not this one` };
  }
  const start = readStart(owner.pid);
  if (start === owner.startTime) return { kind: "owned" };
  const found = start === undefined ? "has ended" : "is another process by now";
  return { kind: "orphan", why: `its executor, process ${owner.pid}, ${found}` };
}
