import { basename } from "node:path";
import { type LayerForm, layerForms, type PullWay, pullWays } from "../images/config/pull_way.ts";
import { defaultStateFolder, readStateFolder } from "../images/state/state_place.ts";
import type { Variables } from "../mesos/environment.ts";
import { EnvironmentError } from "../mesos/environment.ts";
import { formatDuration, parseDuration } from "../notation/duration.ts";
import { type KeepPolicy, parseKeepPolicy } from "./reaping/keep_policy.ts";
import { type CgroupParentSetting, type MetricsPlace, readCgroupParent, readMetricsPlace } from "./setting_values.ts";

/** How often an agent's own disk isolator looks (`--container_disk_watch_interval`). */
const usualDiskWatchMs = 15_000;

/** Shorter than any look takes. */
const shortestDiskWatchMs = 100;

/** Longer than a daemon takes that restarts. */
const usualDaemonPatienceMs = 30_000;

/** Shorter than anybody reads. */
const shortestStatisticsMs = 100;

/** What an operator, or a framework, sets for an executor by variables. */
export interface ExecutorSettings {
  /** MESOS_DOCKER_CGROUP_PARENT: `auto`, `off`, an absolute path, or a slice of systemd. */
  cgroupParent: CgroupParentSetting;
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
  /** MESOS_DOCKER_HEALTHCHECK: what is made of the HEALTHCHECK of images, for tasks that say nothing of it. */
  healthcheck: "off" | "report" | "kill";
  /** MESOS_DOCKER_KEEP_CONTAINERS: which containers stay when they have ended, see `parseKeepPolicy()`. */
  keep: KeepPolicy;
  /**
   * MESOS_DOCKER_LAYERS: how images that come through us are given to the daemon; absent where the configuration of images
   * decides, or what suits the daemon.
   */
  layers?: LayerForm;
  /** MESOS_DOCKER_METRICS: where metrics are served for Prometheus; absent when they are not. */
  metrics?: MetricsPlace;
  /**
   * MESOS_DOCKER_PULL: whether images come to a daemon on this host through us, or are left to the daemon alone; absent where
   * the configuration of images decides.
   */
  pull?: PullWay["way"];
  /** MESOS_DOCKER_STATISTICS_INTERVAL, a duration of Mesos: pause between writings of `statistics.json`; absent for none. */
  statisticsMs?: number;
  /** MESOS_DOCKER_REAP: whether an executor looks, once, for containers whose executor is gone. */
  reap: "on" | "off";
  /** MESOS_DOCKER_STATE: where what is known of a host's images is kept; an absolute path. */
  stateFolder: string;
}

/** Reads the settings; throws {@link EnvironmentError} with all faults. */
export function readSettings(variables: Variables): ExecutorSettings {
  const faults: string[] = [];
  const read = (name: string, usual: number, least = 0) =>
    readDuration(name, variables[name], { usual, least, faults });
  const daemonPatienceMs = read("MESOS_DOCKER_DAEMON_PATIENCE", usualDaemonPatienceMs);
  const diskWatchMs = read("MESOS_DOCKER_DISK_WATCH_INTERVAL", usualDiskWatchMs, shortestDiskWatchMs);
  const choose = <T extends string>(name: string, choices: readonly [T, ...T[]]) =>
    readChoice(name, variables[name], choices, faults);
  const exitCode = choose("MESOS_DOCKER_EXIT_CODE", ["executor", "container"]);
  const healthcheck = choose("MESOS_DOCKER_HEALTHCHECK", ["off", "report", "kill"]);
  const pull = variables.MESOS_DOCKER_PULL ? choose("MESOS_DOCKER_PULL", pullWays) : undefined;
  const layers = readLayers(variables.MESOS_DOCKER_LAYERS, pull, faults);
  const reap = choose("MESOS_DOCKER_REAP", ["on", "off"]);
  const cgroupParent = readCgroupParent(variables.MESOS_DOCKER_CGROUP_PARENT, faults);
  const { MESOS_DIRECTORY: directory = "", MESOS_DOCKER_STATISTICS_INTERVAL: interval } = variables;
  const statisticsMs = interval ? read("MESOS_DOCKER_STATISTICS_INTERVAL", 0, shortestStatisticsMs) : undefined;
  const metrics = readMetricsPlace(variables.MESOS_DOCKER_METRICS, basename(directory), faults);
  const stateFolder = readState(variables, faults);
  const keep = readKeepPolicy(variables.MESOS_DOCKER_KEEP_CONTAINERS, faults);
  if (faults.length > 0) throw new EnvironmentError(faults);
  return {
    cgroupParent,
    daemonPatienceMs,
    diskWatchMs,
    explain: variables.MESOS_DOCKER_EXPLAIN ? "yes" : "no",
    exitCode,
    healthcheck,
    keep,
    reap,
    stateFolder,
    ...(pull ? { pull } : {}),
    ...(layers ? { layers } : {}),
    ...(metrics ? { metrics } : {}),
    ...(statisticsMs === undefined ? {} : { statisticsMs }),
  };
}

/** A variable's word; the first choice is the usual one, and stands for one that is a fault. */
function readChoice<T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly [T, ...T[]],
  faults: string[],
): T {
  const chosen = choices.find((choice) => choice === (text || choices[0]));
  if (chosen !== undefined) return chosen;
  const wanted = `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
  faults.push(`${name} is "${text}", expected ${wanted}`);
  return choices[0];
}

/** Absent when nobody says it: it depends on the daemon then. */
function readLayers(
  text: string | undefined,
  pull: ExecutorSettings["pull"],
  faults: string[],
): ExecutorSettings["layers"] {
  const layers = text ? readChoice("MESOS_DOCKER_LAYERS", text, layerForms, faults) : undefined;
  if (layers === "raw" && pull === "daemon") {
    faults.push('MESOS_DOCKER_LAYERS is "raw", expected MESOS_DOCKER_PULL to be gateway then');
  }
  return layers;
}

function readState(variables: Variables, faults: string[]): string {
  try {
    return readStateFolder(variables);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    faults.push(error.message);
    return defaultStateFolder;
  }
}

function readKeepPolicy(text: string | undefined, faults: string[]): KeepPolicy {
  try {
    return parseKeepPolicy(text || "never");
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    faults.push(`MESOS_DOCKER_KEEP_CONTAINERS is "${text}", expected never, on-failure, on-failure:10mins or 10mins`);
    return { kind: "never" };
  }
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
