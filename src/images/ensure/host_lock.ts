import { randomUUID } from "node:crypto";
import { stat, utimes } from "node:fs/promises";
import { lockFile } from "../../../registry/layout/lock_file.ts";
import type { Clock } from "../../runtime/clock.ts";
import { identifyOwnProcess, type ProcessIdentity } from "../../runtime/process_identity.ts";
import { isProcessRunning } from "../../runtime/process_start.ts";
import { readProcessWorld } from "../../runtime/process_world.ts";

/** How often a holder says that it is there, for those who cannot see its process. */
const signOfLifeMs = 5000;

/** A holder whose process cannot be seen is gone when it has said nothing for that long. */
const longestSilenceMs = 30_000;

/**
 * Takes a lock that at most one process of this host has; undefined while another one has it. It is known by pid, start
 * time and boot, so that the lock of a process that was killed is free at once; across pid namespaces by signs of life.
 */
export async function tryHostLock(path: string, clock: Clock): Promise<AsyncDisposable | undefined> {
  const own = JSON.stringify({ ...identifyOwnProcess(), nonce: randomUUID() });
  const attempt = await lockFile(path, own, (by) => isHeld(path, by, clock));
  if (attempt.kind === "held") return undefined;
  const { lock } = attempt;
  let timer = clock.schedule(signOfLifeMs, beat);
  function beat(): void {
    timer = clock.schedule(signOfLifeMs, beat);
    const now = new Date(clock.now());
    // A lock that cannot be touched any more is somebody else's by now, which its owner will notice by the result.
    utimes(path, now, now).catch(() => timer.cancel());
  }
  return {
    [Symbol.asyncDispose]: async () => {
      timer.cancel();
      await lock[Symbol.asyncDispose]();
    },
  };
}

/** Whether who has written this is still there. What no holder has written is nobody's. */
async function isHeld(path: string, by: string, clock: Clock): Promise<boolean> {
  const holder = parseHolder(by);
  if (!holder) return false;
  const world = readProcessWorld();
  if (holder.bootId !== world.bootId) return false;
  if (holder.pidNamespace === world.pidNamespace) return isProcessRunning(holder.pid, holder.startTime);
  const lastSign = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  return clock.now() - lastSign <= longestSilenceMs;
}

function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    const { pid, startTime, bootId, pidNamespace } = Object(JSON.parse(text)) as Partial<ProcessIdentity>;
    if (typeof pid !== "number" || typeof startTime !== "string") return undefined;
    return { pid, startTime, bootId: String(bootId), pidNamespace: String(pidNamespace) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
