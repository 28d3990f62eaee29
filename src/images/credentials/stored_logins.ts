import { Buffer } from "node:buffer";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { readConfigFile } from "./config_file.ts";
import { CredentialsError } from "./credentials_error.ts";
import { findHelper, parseDockerConfig } from "./docker_config.ts";
import { eraseInHelper, storeInHelper } from "./helper.ts";
import { assertAbsolute, findDockerConfig } from "./host_places.ts";
import { type RegistryPlace, toRegistryPlace, toServerAddress } from "./registry_place.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Which registry a login is for: `host[:port]`, with a path where only repositories below it are meant. */
export interface LoginPlace {
  readonly host: string;
  /** Components of the path; none for the whole registry. */
  readonly path: readonly string[];
}

/**
 * Keeps a password where Docker's client would: with the helper that its file names for the registry, else in the file itself,
 * which nobody else may read. Gives the place for people. Throws {@link CredentialsError}.
 */
export async function storeLogin(
  place: LoginPlace,
  login: { username: string; password: string },
  options: { variables: Variables; clock?: Clock },
): Promise<string> {
  const file = await openLogins(options.variables);
  const helper = findHelper(file.config, toPlace(place));
  if (helper !== undefined) {
    if (place.path.length > 0) throw noPaths(helper);
    await storeInHelper({ ...toHelperRequest(place, options), suffix: helper }, login);
    return `"docker-credential-${helper}"`;
  }
  const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
  const { auths } = file.document;
  const entries = { ...(auths as object | undefined), [toServer(place)]: { auth } };
  await write(file.place, { ...file.document, auths: entries });
  return `"${file.path}"`;
}

/** Forgets a login, with the helper and in the file; gives the places for people where there was one. */
export async function eraseLogin(
  place: LoginPlace,
  options: { variables: Variables; clock?: Clock },
): Promise<string[]> {
  const file = await openLogins(options.variables);
  const places: string[] = [];
  const helper = findHelper(file.config, toPlace(place));
  if (helper !== undefined && place.path.length === 0) {
    const known = await eraseInHelper({ ...toHelperRequest(place, options), suffix: helper });
    if (known) places.push(`"docker-credential-${helper}"`);
  }
  const { auths } = file.document;
  const entries = Object.entries((auths ?? {}) as object);
  const left = entries.filter(([server]) => !isSameServer(server, place));
  if (left.length < entries.length) {
    await write(file.place, { ...file.document, auths: Object.fromEntries(left) });
    places.push(`"${file.path}"`);
  }
  return places;
}

interface Logins {
  readonly path: string;
  /** Where the file really lies: a link stays one. */
  readonly place: string;
  readonly document: Readonly<Record<string, unknown>>;
  readonly config: ReturnType<typeof parseDockerConfig>;
}

async function openLogins(variables: Variables): Promise<Logins> {
  const path = findDockerConfig(variables);
  if (path === undefined) {
    throw new CredentialsError(
      "unreadable",
      "Cannot keep a login: found neither DOCKER_CONFIG nor HOME in the environment",
    );
  }
  assertAbsolute(path);
  const file = await readConfigFile(path, { name: path });
  const text = file?.text.trim() ? file.text : "{}";
  const config = parseDockerConfig(text, path);
  return { path, place: file?.place ?? path, document: JSON.parse(text), config };
}

/** Beside the file, then in its place: whoever reads meanwhile reads the old one or the new one, never a half. */
async function write(place: string, document: object): Promise<void> {
  const folder = dirname(place);
  const temporary = join(folder, `.config.json.${process.pid}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rm(temporary, { force: true });
    {
      await using file = await open(temporary, "wx", 0o600);
      // Root must not take a user's file away.
      const owner = await stat(place).catch(() => undefined);
      if (owner !== undefined && process.getuid?.() === 0) await file.chown(owner.uid, owner.gid);
      await file.writeFile(`${JSON.stringify(document, undefined, "\t")}\n`);
      await file.sync();
    }
    await rename(temporary, place);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const { message } = error as Error;
    throw new CredentialsError("unreadable", `Cannot write "${place}": ${message}`);
  }
}

/** An image that lies there, by which credentials are looked up. */
export function toImage({ host, path }: LoginPlace): string {
  return [host, ...(path.length > 0 ? path : ["any"])].join("/");
}

function toPlace(place: LoginPlace): RegistryPlace {
  return toRegistryPlace(toImage(place));
}

/** The key of a login in the file: as Docker writes it, or as podman does for a path. */
function toServer(place: LoginPlace): string {
  return place.path.length > 0 ? [toPlace(place).host, ...place.path].join("/") : toServerAddress(toPlace(place));
}

/** Keys of old files may have a scheme, and the path of the API. */
function isSameServer(server: string, place: LoginPlace): boolean {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace(/^[a-z][a-z0-9+.-]*:\/\//, "")
      .replace(/\/(?:v[12]\/?)?$/, "");
  return plain(server) === plain(toServer(place));
}

function toHelperRequest(
  place: LoginPlace,
  { variables, clock = systemClock }: { variables: Variables; clock?: Clock },
) {
  return { serverAddress: toServerAddress(toPlace(place)), variables, clock };
}

function noPaths(helper: string): CredentialsError {
  const found = "helpers know registries alone, expected a host without a path";
  return new CredentialsError("helper", `Cannot use "docker-credential-${helper}": ${found}`);
}
