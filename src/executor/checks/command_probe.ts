import { randomUUID } from "node:crypto";
import { type Engine, EngineError } from "../../docker/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { killMarked } from "../../runtime/marked_processes.ts";
import { killProcessTree } from "../../runtime/process_tree.ts";
import { findProcess } from "../container/process.ts";
import type { Finding, Probe } from "./check_spec.ts";

/** Variable by whose value a probe's processes are found again, whatever they have done to their parents. */
const markName = "MESOS_DOCKER_PROBE";

/** The daemon tells a command's status a moment after its output has ended. */
const statusLooks = 50;
const statusLookMs = 20;

/** A daemon that is slow may begin a command after it has been given up: so long it is waited for, to be killed then. */
const lateLooks = 50;
const lateLookMs = 200;

/** For each call that asks what is left of a command. */
const lookDeadlineMs = 5000;

/** What running a command takes. */
export interface CommandProbeOptions {
  engine: Engine;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/**
 * Runs a command in a container. When it is given up, all its processes are killed: the Engine has no call for that, so they
 * are found on the host. Rejects only when the signal is aborted, once they are gone; a daemon that had not begun by then has
 * found nothing out about the container.
 */
export async function probeCommandIn(
  containerId: string,
  probe: Probe & { kind: "command" },
  options: CommandProbeOptions,
): Promise<Finding> {
  const { engine, signal } = options;
  const mark = `${markName}=${randomUUID()}`;
  let exec: string | undefined;
  let begun: "no" | "yes" = "no";
  try {
    exec = await createExec(containerId, probe, mark, options);
    const output = await engine.openExec(exec, { signal });
    begun = "yes";
    // What it says is nobody's; reading it lets it go on.
    for await (const _ of output);
    return await findStatus(exec, options);
  } catch (error) {
    if (!signal.aborted) return toFinding(error);
    if (exec !== undefined) await endCommand({ exec, containerId, mark }, options);
    if (begun === "yes") throw signal.reason;
    return { kind: "unknown", why: "the daemon did not begin the command in time" };
  }
}

/** Before API 1.25 a command has no variables of its own: its processes are found by their parents alone then. */
async function createExec(
  containerId: string,
  { argv, env, user }: Probe & { kind: "command" },
  mark: string,
  { engine, signal }: CommandProbeOptions,
): Promise<string> {
  const request = { argv, ...(user === undefined ? {} : { user }) };
  try {
    return await engine.createExec(containerId, { ...request, env: [...env, mark] }, { signal });
  } catch (error) {
    if (env.length > 0 || !(error instanceof EngineError) || error.code !== "unsupported") throw error;
    return await engine.createExec(containerId, request, { signal });
  }
}

function toFinding(error: unknown): Finding {
  if (!(error instanceof EngineError)) throw error;
  return isAway(error) ? { kind: "unknown", why: error.message } : { kind: "none", why: error.message };
}

/** By its first process with all that this has started, and by the mark, which those bear that have lost their parents. */
async function endCommand(
  { exec, containerId, mark }: { exec: string; containerId: string; mark: string },
  { engine, clock, log }: CommandProbeOptions,
): Promise<void> {
  try {
    for (let look = 1; look <= lateLooks; look++) {
      const found = await engine.inspectExec(exec, { deadlineMs: lookDeadlineMs });
      if (!found || found.ExitCode !== undefined) break;
      const root = findProcess(found.Pid, containerId);
      if (root) killProcessTree(root);
      // What runs on a host that is not this one cannot be seen here however long one looks.
      if (root || found.Pid > 0) break;
      await sleep(clock, lateLookMs);
    }
  } catch (error) {
    log.warn("a check's command may run on", { container: containerId, error: String(error) });
  }
  killMarked(mark);
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
