import { readFile } from "node:fs/promises";
import type { Credentials } from "../../../registry/mod.ts";
import type { RegistryAuth } from "../../docker/mod.ts";
import { systemClock } from "../../runtime/clock.ts";
import { CredentialsError, toCredentials } from "../credentials/mod.ts";
import { toRegistryPlace, toServerAddress } from "../credentials/registry_place.ts";
import type { CredentialsEntry } from "./registries_schema.ts";

/** Bytes of a token; a file with more is something else. */
const longestPassword = 64 * 1024;

/** The credentials that the configuration names for a registry, as our own clients take them. As {@link readConfiguredAuth}. */
export async function readConfiguredCredentials(
  ...call: Parameters<typeof readConfiguredAuth>
): Promise<Credentials | undefined> {
  const auth = await readConfiguredAuth(...call);
  return auth && toCredentials(auth);
}

/**
 * The credentials that the configuration names for a registry; undefined for nobody, also when a helper has none. Files are
 * read each time, so that a new password needs no restart. Throws {@link CredentialsError}.
 */
export async function readConfiguredAuth(
  entry: CredentialsEntry,
  host: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<RegistryAuth | undefined> {
  if (entry === "none") return undefined;
  const { username = "", password, passwordFile, helper } = entry;
  const serverAddress = toServerAddress(toRegistryPlace(`${host}/any`));
  if (helper === undefined) {
    const read = password ?? (await readPassword(passwordFile ?? ""));
    return { kind: "password", username, password: read, serverAddress };
  }
  const { askHelper } = await import("../credentials/helper.ts");
  return await askHelper({ suffix: helper, serverAddress, variables, clock: systemClock });
}

/** Where they are from, without what they are. */
export function describeConfiguredCredentials(entry: CredentialsEntry): string {
  if (entry === "none") return "none, as the configuration wants";
  const { username, passwordFile, helper } = entry;
  if (helper !== undefined) return `docker-credential-${helper}`;
  return `user ${JSON.stringify(username)}${passwordFile === undefined ? "" : ` with ${passwordFile}`}`;
}

async function readPassword(path: string): Promise<string> {
  const bytes = await readFile(path).catch(({ code }: NodeJS.ErrnoException) => {
    throw new CredentialsError("unreadable", `Cannot read "${path}": ${code}`);
  });
  if (bytes.length > longestPassword) {
    throw new CredentialsError("invalid", `Cannot use "${path}": it has more than ${longestPassword} bytes`);
  }
  const [password = ""] = bytes.toString("utf8").split(/\r?\n/, 1);
  if (password === "") throw new CredentialsError("invalid", `Cannot use "${path}": its first line is empty`);
  return password;
}
