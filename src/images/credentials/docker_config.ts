import { Buffer } from "node:buffer";
import type { RegistryAuth } from "../../docker/mod.ts";
import { CredentialsError } from "./credentials_error.ts";
import { findServer, type RegistryPlace, toRegistryPlace, toServerAddress } from "./registry_place.ts";

/** What Docker's client configuration says of registries. */
export interface DockerConfig {
  /** Names the file in messages. */
  readonly name: string;
  /** Servers with credentials in the file, in its order. */
  readonly entries: readonly ServerEntry[];
  /** Servers with a helper of their own: `credHelpers`. */
  readonly helpers: readonly { readonly server: string; readonly helper: string }[];
  /** Helper for all other servers: `credsStore`. */
  readonly defaultHelper?: string;
}

/** One server and what opens it. */
export interface ServerEntry {
  /** As it is written: a host, or a URL. */
  readonly server: string;
  toAuth(serverAddress: string): RegistryAuth;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads `.docker/config.json`, or the older `.dockercfg` whose top level is the map of servers. Keys that are not about
 * credentials are ignored. Throws {@link CredentialsError} `invalid` that names the file and what is wrong with it.
 */
export function parseDockerConfig(text: string, name: string): DockerConfig {
  const document = toObject(parseJson(text, name), "it", name);
  const isFlat = !["auths", "credHelpers", "credsStore"].some((key) => Object.hasOwn(document, key));
  const auths = isFlat ? document : toObject(document.auths ?? {}, `"auths"`, name);
  const helpers = isFlat ? {} : toObject(document.credHelpers ?? {}, `"credHelpers"`, name);
  const store = isFlat ? undefined : textOf(document, "credsStore", "it", name);
  return {
    name,
    // Entries are counted in messages: even their servers' names are content.
    entries: Object.entries(auths).flatMap(([server, value], index) => {
      // Beside the servers of the flat form stand settings of all kinds.
      if (isFlat && !looksLikeEntry(value)) return [];
      const entry = readEntry(server, value, { subject: `entry ${index + 1}`, name });
      return entry ? [entry] : [];
    }),
    helpers: Object.entries(helpers).flatMap(([server, helper], index) => {
      if (typeof helper !== "string") throw invalid(name, `entry ${index + 1} of "credHelpers" is not a text`);
      return helper === "" ? [] : [{ server, helper }];
    }),
    ...(store ? { defaultHelper: store } : {}),
  };
}

/**
 * Credentials in the file itself for an image's registry, or undefined. Docker Hub is known by all of its names; keys
 * may be URLs and may be limited to a path, and the most exact one wins. A bearer token is preferred to an identity
 * token, and that to a password, as the daemon does.
 */
export function findRegistryAuth(config: DockerConfig, image: string): RegistryAuth | undefined {
  const place = toRegistryPlace(image);
  return findServer(config.entries, place)?.toAuth(toServerAddress(place));
}

/** Suffix of the credential helper that the file names for a registry, if it names one. */
export function findHelper({ helpers, defaultHelper }: DockerConfig, place: RegistryPlace): string | undefined {
  return findServer(helpers, place)?.helper ?? defaultHelper;
}

const credentialFields = ["auth", "username", "password", "identitytoken", "registrytoken"];

function looksLikeEntry(value: unknown): boolean {
  return isObject(value) && credentialFields.some((field) => Object.hasOwn(value, field));
}

/** An entry without credentials says that a store has them, and is none here. */
function readEntry(server: string, value: unknown, at: { subject: string; name: string }): ServerEntry | undefined {
  const { subject, name } = at;
  const entry = toObject(value ?? {}, subject, name);
  const [auth, username, password, identity, bearer] = credentialFields.map((field) =>
    textOf(entry, field, subject, name),
  );
  if (bearer) return { server, toAuth: () => ({ kind: "bearer", token: bearer }) };
  if (identity) return { server, toAuth: (serverAddress) => ({ kind: "identity", token: identity, serverAddress }) };
  const pair = auth ? decodePair(auth) : username && password !== undefined ? { username, password } : "absent";
  if (pair === undefined) throw invalid(name, `"auth" of ${subject} is not base64 of a user, a colon and a password`);
  return pair === "absent"
    ? undefined
    : { server, toAuth: (serverAddress) => ({ kind: "password", ...pair, serverAddress }) };
}

/** Passwords may hold colons; the zero bytes that some tools pad them with do not count (images contract C.1). */
function decodePair(auth: string): { username: string; password: string } | undefined {
  const base64 = auth.replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  let pair: string;
  try {
    pair = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(base64, "base64"));
  } catch {
    // Not UTF-8: as wrong as without a colon.
    return undefined;
  }
  const colon = pair.indexOf(":");
  if (colon < 1) return undefined;
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1).replace(/\0+$/, "") };
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(name, "it is not JSON");
  }
}

function textOf(object: JsonObject, field: string, subject: string, name: string): string | undefined {
  const value = object[field] ?? undefined;
  if (value !== undefined && typeof value !== "string") throw invalid(name, `"${field}" of ${subject} is not a text`);
  return value;
}

function toObject(value: unknown, subject: string, name: string): JsonObject {
  if (!isObject(value)) throw invalid(name, `${subject} is not a JSON object`);
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(name: string, found: string): CredentialsError {
  return new CredentialsError("invalid", `Cannot use "${name}": ${found}`);
}
