import { realpath } from "node:fs/promises";
import type { RegistryAuth } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import { isWithin } from "../../runtime/path_tree.ts";
import { parseAuthVariable } from "./auth_variable.ts";
import { readConfigFile } from "./config_file.ts";
import { CredentialsError } from "./credentials_error.ts";
import { type DockerConfig, findHelper, findRegistryAuth, parseDockerConfig } from "./docker_config.ts";
import type { HelperRequest } from "./helper.ts";
import { assertAbsolute, type HostFile, listHostFiles, type Section } from "./host_places.ts";
import { findServer, type RegistryPlace, toRegistryPlace, toServerAddress } from "./registry_place.ts";

/** What a source has for a registry. */
export type SourceAnswer =
  | { readonly kind: "found"; readonly auth: RegistryAuth; readonly helper?: string }
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "failed"; readonly error: CredentialsError };

/** Somewhere that credentials may come from. */
export interface CredentialSource {
  readonly name: string;
  /** Whether looking there runs a program. */
  readonly looks: "here" | "by a program";
  look(): Promise<SourceAnswer>;
}

/** What sources are looked through with. */
export interface SourceContext {
  /** DOCKER_AUTH_CONFIG, DOCKER_CONFIG, HOME and the others say where; PATH where helpers are. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Folder that is a task's: what lies there names no programs, if there is one. */
  readonly sandbox?: string;
  readonly clock: Clock;
  /** Asks a helper. */
  readonly ask: (request: HelperRequest) => Promise<RegistryAuth | undefined>;
  readonly signal?: AbortSignal;
}

/** The sources of this host for an image's registry, first to last (images contract C.3). */
export function listHostSources(image: string, context: SourceContext): CredentialSource[] {
  const place = toRegistryPlace(image);
  const variable: CredentialSource = {
    name: "DOCKER_AUTH_CONFIG",
    looks: "here",
    look: () => guarded(async () => lookInVariable(image, context.variables.DOCKER_AUTH_CONFIG)),
  };
  return [variable, ...listHostFiles(context.variables).flatMap((file) => toSources(file, image, place, context))];
}

function lookInVariable(image: string, text: string | undefined): SourceAnswer {
  if (!text) return nothing("it is not set");
  return toAnswer(findRegistryAuth(parseAuthVariable(text), image));
}

/** What a file says, who may have written it, and whether it is there at all. */
type Opened = { readonly config: DockerConfig; readonly owner: "host" | "task" } | undefined;

function toSources(file: HostFile, image: string, place: RegistryPlace, context: SourceContext): CredentialSource[] {
  let opened: Promise<Opened> | undefined;
  const open = () => {
    opened ??= openFile(file.path, context);
    return opened;
  };
  return file.sections.map((section, index) => ({
    name: `${section} of "${file.path}"`,
    looks: section === "auths" ? "here" : "by a program",
    look: () =>
      guarded(async () => {
        // What is wrong with a file is told once, by its first section.
        const found = await (index === 0 ? open() : open().catch(() => "broken" as const));
        if (found === "broken") return nothing("the file cannot be used");
        if (found === undefined) return nothing("there is no such file");
        if (section === "auths") return lookInEntries(found, file.sections, image, place);
        return await lookByHelper(found, section, place, context);
      }),
  }));
}

async function openFile(path: string, { sandbox }: SourceContext): Promise<Opened> {
  assertAbsolute(path);
  const file = await readConfigFile(path, { name: path });
  if (file === undefined) return undefined;
  // HOME may be the sandbox, or lead into it: then the file is a task's, wherever its path begins.
  const isTask = sandbox !== undefined && isWithin(file.place, await realpath(sandbox).catch(() => sandbox));
  return { config: parseDockerConfig(file.text, path), owner: isTask ? "task" : "host" };
}

/** As Docker's client: where a helper is named for the registry, only it is asked. */
function lookInEntries(
  { config, owner }: NonNullable<Opened>,
  sections: readonly Section[],
  image: string,
  place: RegistryPlace,
): SourceAnswer {
  const helper = sections.includes("credHelpers") ? findHelper(config, place) : undefined;
  if (helper !== undefined && owner === "host") return nothing("a credential helper is named, which alone counts");
  const auth = findRegistryAuth(config, image);
  if (auth === undefined && helper !== undefined) throw namedByTask(config.name);
  return toAnswer(auth);
}

async function lookByHelper(
  { config, owner }: NonNullable<Opened>,
  section: "credHelpers" | "credsStore",
  place: RegistryPlace,
  context: SourceContext,
): Promise<SourceAnswer> {
  const own = findServer(config.helpers, place)?.helper;
  if (section === "credsStore" && own !== undefined) return nothing("credHelpers names one for this registry");
  const suffix = section === "credsStore" ? config.defaultHelper : own;
  if (suffix === undefined) return nothing("it names no helper for this registry");
  if (owner === "task") return nothing("a task may not name a program to run");
  const { ask, ...rest } = context;
  const auth = await ask({ ...rest, suffix, serverAddress: toServerAddress(place) });
  const helper = `docker-credential-${suffix}`;
  return auth ? { kind: "found", auth, helper } : nothing(`"${helper}" has nothing for this registry`);
}

/** The error of a task's file that names a helper: those run as root. */
export function namedByTask(name: string): CredentialsError {
  const found = "a task may not name a program to run";
  return new CredentialsError("helper", `Cannot use the credential helper of "${name}": ${found}`);
}

function toAnswer(auth: RegistryAuth | undefined): SourceAnswer {
  return auth ? { kind: "found", auth } : nothing("it has no entry for this registry");
}

function nothing(why: string): SourceAnswer {
  return { kind: "nothing", why };
}

async function guarded(look: () => Promise<SourceAnswer>): Promise<SourceAnswer> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof CredentialsError) return { kind: "failed", error };
    throw error;
  }
}
