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
  /** Comes behind all of this host, if there is one. */
  readonly distant?: DistantConfig;
}

/** A configuration of Docker's that is no file of this host: it is asked for when nothing before it has an entry. */
export interface DistantConfig {
  readonly name: string;
  /** Undefined when there is none; throws the signal's reason alone. */
  read(options: { signal?: AbortSignal }): Promise<DockerConfig | undefined>;
}

/** The sources of this host for an image's registry, first to last (images contract C.3), and what is behind them. */
export function listHostSources(image: string, context: SourceContext): CredentialSource[] {
  const place = toRegistryPlace(image);
  const variable: CredentialSource = {
    name: "DOCKER_AUTH_CONFIG",
    looks: "here",
    look: () => guarded(async () => lookInVariable(image, context.variables.DOCKER_AUTH_CONFIG)),
  };
  const places = listHostFiles(context.variables).map((file) => toPlace(file, context));
  const distant = context.distant ? [toDistantPlace(context.distant, context)] : [];
  return [variable, ...[...places, ...distant].flatMap((one) => toSources(one, image, place, context))];
}

function lookInVariable(image: string, text: string | undefined): SourceAnswer {
  if (!text) return nothing("it is not set");
  return toAnswer(findRegistryAuth(parseAuthVariable(text), image));
}

/** What a file says, who may have written it, and whether it is there at all. */
type Opened = { readonly config: DockerConfig; readonly owner: "host" | "task" } | undefined;

/** Somewhere that a configuration is. */
interface ConfigPlace extends Pick<HostFile, "sections"> {
  readonly name: string;
  /** What is said when it is not there. */
  readonly absent: string;
  open(): Promise<Opened>;
}

function toPlace({ path, sections }: HostFile, context: SourceContext): ConfigPlace {
  return { name: path, sections, absent: "there is no such file", open: () => openFile(path, context) };
}

/** Whoever gives it has to be believed in everything, and may name helpers. */
function toDistantPlace({ name, read }: DistantConfig, { signal }: SourceContext): ConfigPlace {
  return {
    name,
    sections: ["credHelpers", "credsStore", "auths"],
    absent: "there is none",
    open: async () => {
      const config = await read(signal ? { signal } : {});
      return config && { config, owner: "host" };
    },
  };
}

function toSources(at: ConfigPlace, image: string, place: RegistryPlace, context: SourceContext): CredentialSource[] {
  let opened: Promise<Opened> | undefined;
  const open = () => {
    opened ??= at.open();
    return opened;
  };
  return at.sections.map((section, index) => ({
    name: `${section} of "${at.name}"`,
    looks: section === "auths" ? "here" : "by a program",
    look: () =>
      guarded(async () => {
        // What is wrong with a file is told once, by its first section.
        const found = await (index === 0 ? open() : open().catch(() => "broken" as const));
        if (found === "broken") return nothing("the file cannot be used");
        if (found === undefined) return nothing(at.absent);
        if (section === "auths") return lookInEntries(found, at.sections, image, place);
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
