import process from "node:process";
import { type Engine, openEngine } from "../docker/mod.ts";
import { findAbandonedSecrets, removeSecretFolder } from "../executor/container/secret_folder.ts";
import { type Reaped, reapOrphans } from "../executor/reaping/reaper.ts";
import { messageOf } from "../notation/thrown.ts";
import { sleep, systemClock } from "../runtime/clock.ts";
import type { CommandContext, ReapFlags } from "./command_line.ts";
import { readDockerHost } from "./docker_host.ts";
import { exitCodes } from "./exit_code.ts";
import { openInterruption } from "./interruption.ts";

/** `mesos-docker reap`: a line on stdout for each container that had lost its executor. Exit code 1 when one stays. */
export async function reap(flags: ReapFlags, { variables, log }: CommandContext): Promise<number> {
  await using engine = openEngine(readDockerHost(variables), { log });
  using interruption = openInterruption();
  const { signal } = interruption;
  if (!flags.watch) return await reapOnce(engine, flags, log, signal);
  while (!signal.aborted) {
    try {
      await reapOnce(engine, flags, log, signal);
    } catch (error) {
      // A daemon that is away comes back.
      if (!signal.aborted) log.error("cannot reap", { error: messageOf(error) });
    }
    await sleep(systemClock, flags.interval, { signal }).catch(() => undefined);
  }
  return exitCodes.done;
}

async function reapOnce(
  engine: Engine,
  { dryRun, json }: ReapFlags,
  log: CommandContext["log"],
  signal: AbortSignal,
): Promise<number> {
  const reaped = await reapOrphans(engine, { log, mode: dryRun ? "tell" : "remove", signal });
  if (!dryRun) for (const folder of await findAbandonedSecrets()) await removeSecretFolder(folder);
  for (const one of reaped) process.stdout.write(`${json ? JSON.stringify(one) : toLine(one)}\n`);
  return reaped.some(({ outcome }) => outcome === "failed") ? exitCodes.failed : exitCodes.done;
}

function toLine({ containerId, taskId, why, outcome }: Reaped): string {
  return `${outcome} ${containerId.slice(0, 12)} of task "${taskId}": ${why}`;
}
