import { randomUUID } from "node:crypto";
import { type Engine, EngineError } from "../../docker/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import { killMarked } from "../../runtime/marked_processes.ts";
import type { Finding, Probe } from "./check_spec.ts";

/** Variable by whose value a probe's processes are found again, whatever they have done to their parents. */
const markName = "MESOS_DOCKER_PROBE";

/** The daemon tells a command's status a moment after its output has ended. */
const statusLooks = 50;
const statusLookMs = 20;

/** What running a command takes. */
export interface CommandProbeOptions {
  engine: Engine;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Runs a command in a container. When it is given up, all its processes are killed: the Engine has no call for that, so they
 * are found on the host. Rejects only when the signal is aborted, once they are gone.
 */
export async function probeCommandIn(
  containerId: string,
  { argv, env, user }: Probe & { kind: "command" },
  { engine, clock, signal }: CommandProbeOptions,
): Promise<Finding> {
  const mark = `${markName}=${randomUUID()}`;
  const request = { argv, env: [...env, mark], ...(user === undefined ? {} : { user }) };
  try {
    const exec = await engine.createExec(containerId, request, { signal });
    // What it says is nobody's; reading it lets it go on.
    for await (const _ of await engine.openExec(exec, { signal }));
    return await findStatus(exec, { engine, clock, signal });
  } catch (error) {
    if (signal.aborted) {
      killMarked(mark);
      throw signal.reason;
    }
    if (!(error instanceof EngineError)) throw error;
    return isAway(error) ? { kind: "unknown", why: error.message } : { kind: "none", why: error.message };
  }
}

async function findStatus(exec: string, { engine, clock, signal }: CommandProbeOptions): Promise<Finding> {
  for (let look = 1; look <= statusLooks; look++) {
    const found = await engine.inspectExec(exec, { signal });
    if (!found) return { kind: "none", why: "the daemon has forgotten the command" };
    if (!found.Running && found.ExitCode !== undefined) return { kind: "command", exitCode: found.ExitCode };
    await sleep(clock, statusLookMs, { signal });
  }
  return { kind: "none", why: "the daemon does not tell how the command ended" };
}

/** What is no fault of the container's. */
function isAway({ code, retryable }: EngineError): boolean {
  return code === "absent" || code === "timeout" || (code === "failed" && retryable);
}
