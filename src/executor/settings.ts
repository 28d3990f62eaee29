import { formatDuration, parseDuration } from "../mesos/duration.ts";
import type { Variables } from "../mesos/environment.ts";
import { EnvironmentError } from "../mesos/environment.ts";

/** How often an agent's own disk isolator looks (`--container_disk_watch_interval`). */
const usualDiskWatchMs = 15_000;

/** Shorter than any look takes. */
const shortestDiskWatchMs = 100;

/** What an operator, or a framework, sets for an executor by variables. */
export interface ExecutorSettings {
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
  const diskWatchMs = readInterval(variables.MESOS_DOCKER_DISK_WATCH_INTERVAL, faults);
  const exitCode = variables.MESOS_DOCKER_EXIT_CODE || "executor";
  if (exitCode !== "executor" && exitCode !== "container") {
    faults.push(`MESOS_DOCKER_EXIT_CODE is "${exitCode}", expected executor or container`);
  }
  const reap = variables.MESOS_DOCKER_REAP || "on";
  if (reap !== "on" && reap !== "off") faults.push(`MESOS_DOCKER_REAP is "${reap}", expected on or off`);
  if (faults.length > 0) throw new EnvironmentError(faults);
  return {
    diskWatchMs,
    explain: variables.MESOS_DOCKER_EXPLAIN ? "yes" : "no",
    exitCode: exitCode === "container" ? "container" : "executor",
    reap: reap === "off" ? "off" : "on",
  };
}

function readInterval(text: string | undefined, faults: string[]): number {
  if (!text) return usualDiskWatchMs;
  const fault = (found: string) => {
    faults.push(`MESOS_DOCKER_DISK_WATCH_INTERVAL is "${text}", ${found}`);
    return usualDiskWatchMs;
  };
  try {
    const intervalMs = parseDuration(text);
    return intervalMs < shortestDiskWatchMs
      ? fault(`expected ${formatDuration(shortestDiskWatchMs)} or more`)
      : intervalMs;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return fault("expected a duration such as 15secs");
    throw error;
  }
}
