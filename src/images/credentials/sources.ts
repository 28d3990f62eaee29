import { realpath } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { RegistryAuth } from "../../docker/mod.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { isWithin } from "../../runtime/path_tree.ts";
import { readConfigFile } from "./config_file.ts";
import { CredentialsError } from "./credentials_error.ts";
import { findHelper, findRegistryAuth, parseDockerConfig } from "./docker_config.ts";
import { toRegistryPlace, toServerAddress } from "./registry_place.ts";

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
  readonly signal?: AbortSignal;
}

/**
 * Credentials for an image's registry, or undefined (contract B.5). The sandbox's `.docker/config.json` comes first,
 * then its `.dockercfg`, then the agent's file: the first that has an entry for the registry wins. A broken file of the
 * sandbox throws {@link CredentialsError}, since the task brought it to be used; a broken file of the agent is a warning.
 * Credential helpers are programs that run as root, and only the agent's file may name one.
 */
export async function findCredentials(
  image: string,
  places: CredentialPlaces,
  options: FindCredentialsOptions,
): Promise<RegistryAuth | undefined> {
  for (const name of [join(".docker", "config.json"), ".dockercfg"]) {
    const file = await readConfigFile(join(places.sandbox, name), { name, within: places.sandbox });
    const auth = file && findInTaskFile(file.text, { image, name, log: options.log });
    if (auth) return auth;
  }
  return await findHostCredentials(image, places, options);
}

/** The same from this host's own file alone, for whoever runs no tasks; a broken file is a warning. */
export async function findHostCredentials(
  image: string,
  places: Partial<CredentialPlaces> & Pick<CredentialPlaces, "variables">,
  options: FindCredentialsOptions,
): Promise<RegistryAuth | undefined> {
  try {
    return await findInAgentFile(image, places, options);
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    options.log.warn(error.message);
    return undefined;
  }
}

function findInTaskFile(text: string, context: { image: string; name: string; log: Log }): RegistryAuth | undefined {
  const { image, name, log } = context;
  const config = parseDockerConfig(text, name);
  const auth = findRegistryAuth(config, image);
  if (!auth && findHelper(config, toRegistryPlace(image)) !== undefined) {
    log.warn(`Cannot use the credential helper of "${name}": a task may not name a program to run`);
  }
  return auth;
}

/** As Docker's client: where a helper is named for the registry, only it is asked. */
async function findInAgentFile(
  image: string,
  places: Partial<CredentialPlaces> & Pick<CredentialPlaces, "variables">,
  options: FindCredentialsOptions,
): Promise<RegistryAuth | undefined> {
  const path = toAgentFile(places.variables);
  const file = path === undefined ? undefined : await readConfigFile(path, { name: path });
  if (path === undefined || file === undefined) return undefined;
  // HOME may be the sandbox, or lead into it: then the file is a task's, wherever its path begins.
  const { sandbox } = places;
  if (sandbox !== undefined && isWithin(file.place, await realpath(sandbox).catch(() => sandbox))) {
    return findInTaskFile(file.text, { image, name: path, log: options.log });
  }
  const config = parseDockerConfig(file.text, path);
  const place = toRegistryPlace(image);
  const suffix = findHelper(config, place);
  if (suffix === undefined) return findRegistryAuth(config, image);
  const { askHelper } = await import("./helper.ts");
  return await askHelper({
    ...places,
    suffix,
    serverAddress: toServerAddress(place),
    clock: options.clock ?? systemClock,
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

/** A relative folder would lie in the sandbox. */
function toAgentFile({ DOCKER_CONFIG: folder, HOME: home }: CredentialPlaces["variables"]): string | undefined {
  const place = folder || (home && join(home, ".docker"));
  if (!place) return undefined;
  if (!isAbsolute(place)) throw new CredentialsError("unreadable", `Cannot read "${place}": the path is not absolute`);
  return join(place, "config.json");
}
