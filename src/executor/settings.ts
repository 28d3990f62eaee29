import { formatDuration, parseDuration } from "../mesos/duration.ts";
import type { Variables } from "../mesos/environment.ts";
import { EnvironmentError } from "../mesos/environment.ts";

/** How often an agent's own disk isolator looks (`--container_disk_watch_interval`). */
const usualDiskWatchMs = 15_000;

/** Shorter than any look takes. */
const shortestDiskWatchMs = 100;

/** Longer than a daemon takes that restarts. */
const usualDaemonPatienceMs = 30_000;

/** What an operator, or a framework, sets for an executor by variables. */
export interface ExecutorSettings {
  /** MESOS_DOCKER_DAEMON_PATIENCE, a duration of Mesos: how long a daemon that is away is waited for; 0 for not at all. */
  daemonPatienceMs: number;
  /** MESOS_DOCKER_DISK_WATCH_INTERVAL, a duration of Mesos: pause between looks at what a task has on disk. */
  diskWatchMs: number;
  /** MESOS_DOCKER_EXPLAIN: whether tasks are written down on stderr as they were read. */
  explain: "yes" | "no";
  /**
   * MESOS_DOCKER_EXIT_CODE: the executor's own exit code is 0 when all is told (`executor`), or that of its last container
   * (`container`), as the first mesos-docker ended (contract D.5).
   */
  exitCode: "executor" | "container";
  /** MESOS_DOCKER_REAP: whether an executor looks, once, for containers whose executor is gone. */
  reap: "on" | "off";
}

/** Reads the settings; throws {@link EnvironmentError} with all faults. */
export function readSettings(variables: Variables): ExecutorSettings {
  const faults: string[] = [];
  const read = (name: string, usual: number, least = 0) =>
    readDuration(name, variables[name], { usual, least, faults });
  const daemonPatienceMs = read("MESOS_DOCKER_DAEMON_PATIENCE", usualDaemonPatienceMs);
  const diskWatchMs = read("MESOS_DOCKER_DISK_WATCH_INTERVAL", usualDiskWatchMs, shortestDiskWatchMs);
  const exitCode = variables.MESOS_DOCKER_EXIT_CODE || "executor";
  if (exitCode !== "executor" && exitCode !== "container") {
    faults.push(`MESOS_DOCKER_EXIT_CODE is "${exitCode}", expected executor or container`);
  }
  const reap = variables.MESOS_DOCKER_REAP || "on";
  if (reap !== "on" && reap !== "off") faults.push(`MESOS_DOCKER_REAP is "${reap}", expected on or off`);
  if (faults.length > 0) throw new EnvironmentError(faults);
  return {
    daemonPatienceMs,
    diskWatchMs,
    explain: variables.MESOS_DOCKER_EXPLAIN ? "yes" : "no",
    exitCode: exitCode === "container" ? "container" : "executor",
    reap: reap === "off" ? "off" : "on",
  };
}

/** A variable's duration in milliseconds; one that cannot be used is a fault. */
function readDuration(
  name: string,
  text: string | undefined,
  { usual, least, faults }: { usual: number; least: number; faults: string[] },
): number {
  if (!text) return usual;
  const fault = (found: string) => {
    faults.push(`${name} is "${text}", ${found}`);
    return usual;
  };
  try {
    const durationMs = parseDuration(text);
    return durationMs < least ? fault(`expected ${formatDuration(least)} or more`) : durationMs;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return fault("expected a duration such as 15secs");
    throw error;
  }
}
