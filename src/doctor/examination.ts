import { isAbsolute } from "node:path";
import { type Engine, type EngineInfo, findImageStore } from "../docker/mod.ts";
import { emptyConfig, type ImageConfig } from "../images/config/config.ts";
import { readStateFolder } from "../images/state/state_place.ts";
import { judgeClock } from "./clock_check.ts";
import { examineDaemon } from "./daemon_check.ts";
import { examineDisk } from "./disk_check.ts";
import { examineEngine } from "./engine_checks.ts";
import { examineConfiguration, examinePolicy } from "./files_check.ts";
import type { Finding } from "./finding.ts";
import { examineImageSize } from "./image_size_check.ts";
import { examineNames } from "./names_check.ts";
import { examineProxies } from "./proxy_check.ts";
import { examineRegistry } from "./registry_check.ts";
import { listRegistryPlaces } from "./registry_places.ts";
import { examineSettings } from "./settings_check.ts";
import { examineState } from "./state_check.ts";

/** What is examined. */
export interface ExaminedHost {
  readonly engine: Engine;
  /** Whether the daemon is reached by a socket of this host. */
  readonly daemon: "local" | "remote";
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Looks at everything on this host that would make a task fail, or hurt one day. Nothing is changed. */
export async function* examine(host: ExaminedHost): AsyncGenerator<Finding> {
  const { engine, daemon, variables, signal } = host;
  const configuration = examineConfiguration(variables);
  const config = configuration.config?.current ?? emptyConfig;
  const { findings, info } = await examineDaemon(engine, signal);
  yield* findings;
  if (info) {
    yield* examineEngine(info, daemon);
    yield* examineSpace(info, config, host);
    yield await examineNames(engine, signal);
  }
  yield await examinePolicy(variables);
  yield* configuration.findings;
  yield* examineVariables(variables);
  const places = listRegistryPlaces(config);
  const proxies = await examineProxies(places, { variables, signal });
  yield proxies;
  // Without its proxies, no registry can be asked.
  if (proxies.verdict === "failure") return;
  const examined = await Promise.all(places.map((place) => examineRegistry(place, config, { variables, signal })));
  yield* onlyOnce(examined.map(({ finding }) => finding));
  yield judgeClock(examined.flatMap(({ aheadMs }) => (aheadMs === undefined ? [] : [aheadMs])));
}

/** What variables say, and the folder that one of them names. */
async function* examineVariables(variables: ExaminedHost["variables"]): AsyncGenerator<Finding> {
  yield examineSettings(variables);
  const { MESOS_DOCKER_STATE: named } = variables;
  // A path that means something else in each folder was told of as such.
  if (!named || isAbsolute(named)) yield await examineState(readStateFolder(variables), named ? "named" : "usual");
}

/** A file that several registries need is one thing to mend. */
function onlyOnce(findings: readonly Finding[]): Finding[] {
  const isSame = (one: Finding) => (other: Finding) => other.about === one.about && other.found === one.found;
  return findings.filter((finding, index) => findings.findIndex(isSame(finding)) === index);
}

/** By the marks at which images are collected here. */
async function* examineSpace(
  info: EngineInfo,
  { gc, source = "" }: ImageConfig,
  { engine, daemon, signal }: ExaminedHost,
): AsyncGenerator<Finding> {
  const { high, maxSize, dataRoot } = gc;
  const stated = (field: string) => `gc.${field} of "${source}"`;
  const mark = high === undefined ? undefined : { highPercent: high, statedIn: stated("high") };
  yield await examineDisk(dataRoot ?? info.DockerRootDir, dataRoot === undefined ? daemon : "local", mark);
  if (!maxSize) return;
  const limit = { store: findImageStore(info), maxBytes: maxSize, statedIn: stated("maxSize") };
  yield await examineImageSize(engine, limit, signal);
}
