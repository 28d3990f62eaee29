import { join } from "node:path";
import type { RegistryAuth } from "../../docker/mod.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { readConfigFile } from "./config_file.ts";
import { findHelper, findRegistryAuth, parseDockerConfig } from "./docker_config.ts";
import { type DistantConfig, listHostSources, namedByTask, type SourceContext } from "./host_sources.ts";
import { toRegistryPlace } from "./registry_place.ts";

/** Where credentials may come from: with a task alone, from this host as well, or from any place, such as the agent. */
export type CredentialOrigin = "task" | "host" | "anywhere";

/** Where credentials may lie. */
export interface CredentialPlaces {
  /** The executor's sandbox, into which a task's URIs were fetched. */
  readonly sandbox: string;
  /** The executor's variables: DOCKER_CONFIG and HOME say where the agent's own file is, PATH where helpers are. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Options of {@link findCredentials}. */
export interface FindCredentialsOptions {
  readonly log: Log;
  /** Times credential helpers. */
  readonly clock?: Clock;
  /** Asks a helper; by default the helper itself, each time. */
  readonly ask?: SourceContext["ask"];
  readonly signal?: AbortSignal;
  /** Looked at when nothing of this host has an entry. */
  readonly distant?: DistantConfig;
}

/**
 * Credentials for an image's registry, or undefined (contract B.5). What the sandbox has comes first, then what this host has: the
 * first that has an entry for the registry wins. A broken file of this host is a warning. Credential helpers are programs that run
 * as root: no task may name one. Throws as {@link findTaskCredentials}.
 */
export async function findCredentials(
  image: string,
  places: CredentialPlaces,
  options: FindCredentialsOptions,
): Promise<RegistryAuth | undefined> {
  return (await findTaskCredentials(image, places, options)) ?? (await findHostCredentials(image, places, options));
}

/**
 * The same from the sandbox alone: its `.docker/config.json`, then its `.dockercfg`. A broken file throws
 * {@link CredentialsError}, since the task brought it to be used.
 */
export async function findTaskCredentials(
  image: string,
  { sandbox }: Pick<CredentialPlaces, "sandbox">,
  { log }: Pick<FindCredentialsOptions, "log">,
): Promise<RegistryAuth | undefined> {
  for (const name of [join(".docker", "config.json"), ".dockercfg"]) {
    const file = await readConfigFile(join(sandbox, name), { name, within: sandbox });
    const auth = file && findInTaskFile(file.text, { image, name, log });
    if (auth) return auth;
  }
  return undefined;
}

/**
 * The same from this host alone, for whoever runs no tasks: the first source that has an entry (images contract C.3). What
 * cannot be used is a warning.
 */
export async function findHostCredentials(
  image: string,
  places: Partial<CredentialPlaces> & Pick<CredentialPlaces, "variables">,
  options: FindCredentialsOptions,
): Promise<RegistryAuth | undefined> {
  const { clock = systemClock, signal, log, ask = askOnce, distant } = options;
  const more = { ...(signal ? { signal } : {}), ...(distant ? { distant } : {}) };
  for (const source of listHostSources(image, { ...places, clock, ask, ...more })) {
    const answer = await source.look();
    if (answer.kind === "found") return answer.auth;
    if (answer.kind === "failed") log.warn(answer.error.message);
  }
  return undefined;
}

const askOnce: SourceContext["ask"] = async (request) => (await import("./helper.ts")).askHelper(request);

function findInTaskFile(text: string, context: { image: string; name: string; log: Log }): RegistryAuth | undefined {
  const { image, name, log } = context;
  const config = parseDockerConfig(text, name);
  const auth = findRegistryAuth(config, image);
  if (!auth && findHelper(config, toRegistryPlace(image)) !== undefined) log.warn(namedByTask(name).message);
  return auth;
}
