import process from "node:process";
import { parseReference } from "../../registry/mod.ts";
import { ConfigFile } from "../images/config/config_file.ts";
import { describeConfiguredCredentials, readConfiguredAuth } from "../images/config/configured_credentials.ts";
import type { CredentialsEntry } from "../images/config/registries_schema.ts";
import { accessTo } from "../images/config/registry_rules.ts";
import { askHelper } from "../images/credentials/helper.ts";
import {
  CredentialsError,
  type ExplainedSource,
  eraseLogin,
  explainCredentials,
  findHostCredentials,
  type LoginPlace,
  storeLogin,
  toImage,
  toRegistryPlace,
} from "../images/credentials/mod.ts";
import { openHostClient } from "../images/host_client.ts";
import type { Variables } from "../mesos/environment.ts";
import { systemClock } from "../runtime/clock.ts";
import type { CommandContext } from "./command_line.ts";
import { exitCodes } from "./exit_code.ts";
import type { LoginFlags } from "./registry_accounts.ts";
import { askTerminal, hasTerminal, readPasswordInput } from "./terminal_input.ts";
import { UsageError } from "./usage_error.ts";

/** `mesos-docker registry login PLACE`: tries a user and password, and keeps them when the registry takes them. */
export async function login(text: string, flags: LoginFlags, context: CommandContext): Promise<number> {
  if (flags.password !== undefined) {
    throw new UsageError("Cannot take a password as an argument, which every process can see: use --password-stdin");
  }
  const place = parseLoginPlace(text);
  if (flags.explain) return await explain(place, flags, context);
  const credentials = await readLogin(place, flags);
  let asked = false;
  using client = openHostClient(place.host, {
    ...context,
    credentials: async () => {
      asked = true;
      return { kind: "basic", ...credentials };
    },
  });
  await client.ping();
  const kept = await storeLogin(place, credentials, context);
  const found = asked ? "" : `; "${place.host}" let us in without asking`;
  process.stdout.write(`login for "${text}" kept in ${kept}${found}\n`);
  await warnOfOthers(place, credentials, context);
  return exitCodes.done;
}

/** `mesos-docker registry logout PLACE`. */
export async function logout(text: string, context: CommandContext): Promise<number> {
  const places = await eraseLogin(parseLoginPlace(text, "log out of"), context);
  const found = places.length > 0 ? `removed from ${places.join(" and ")}` : "not found";
  process.stdout.write(`login for "${text}" ${found}\n`);
  return exitCodes.done;
}

async function readLogin(
  place: LoginPlace,
  { username, passwordStdin }: LoginFlags,
): Promise<{ username: string; password: string }> {
  if (!passwordStdin && !hasTerminal()) {
    throw new UsageError("Cannot ask for a password without a terminal: use --username and --password-stdin");
  }
  const user = username ?? (await askTerminal(`User of ${place.host}: `, "text"));
  if (user === "" || /[:\p{Cc}]/u.test(user)) {
    throw new UsageError("Expected a user's name without colons and control characters");
  }
  const password = passwordStdin ? await readPasswordInput() : await askTerminal("Password: ", "secret");
  if (password === "") throw new UsageError("Expected a password, found nothing");
  return { username: user, password };
}

/** Something that comes first, such as DOCKER_AUTH_CONFIG, makes the new login of no use: that must not be a riddle. */
async function warnOfOthers(
  place: LoginPlace,
  { username, password }: { username: string; password: string },
  context: CommandContext,
): Promise<void> {
  if (findConfigured(place, context) === undefined) {
    const found = await findHostCredentials(toImage(place), context, context);
    if (found?.kind === "password" && found.username === username && found.password === password) return;
  }
  const chosen = (await explained(place, context)).find(({ verdict }) => verdict === "chosen");
  const why = `${chosen?.name} comes first: ${chosen?.why}`;
  context.log.warn(`This login will not be used: ${why} (registry login --explain tells more)`);
}

async function explain(place: LoginPlace, { json }: LoginFlags, context: CommandContext): Promise<number> {
  const rows = await explained(place, context);
  const text = json ? rows.map((row) => `${JSON.stringify(row)}\n`).join("") : toTable(rows);
  process.stdout.write(text);
  return exitCodes.done;
}

async function explained(place: LoginPlace, context: CommandContext): Promise<ExplainedSource[]> {
  const { variables } = context;
  const configured = findConfigured(place, context);
  const sources = { variables, clock: systemClock, ask: askHelper };
  const rows = await explainCredentials(toImage(place), sources, configured?.name);
  return configured ? [await explainConfigured(configured, place, variables), ...rows] : rows;
}

/** Counts alone, also when there is nobody behind it. */
async function explainConfigured(
  { name, entry }: ConfiguredLogin,
  { host }: LoginPlace,
  variables: Variables,
): Promise<ExplainedSource> {
  try {
    await readConfiguredAuth(entry, host, variables);
    return { name, verdict: "chosen", why: describeConfiguredCredentials(entry) };
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    return { name, verdict: "failed", why: error.message };
  }
}

/** What the configuration says, and where. */
interface ConfiguredLogin {
  readonly name: string;
  readonly entry: CredentialsEntry;
}

/** What the configuration of this host says of the credentials for a registry, if it says anything. Throws ConfigError. */
function findConfigured(place: LoginPlace, { variables, log }: CommandContext): ConfiguredLogin | undefined {
  const { current } = ConfigFile.open({ variables, log });
  const { domain, repository } = parseReference(toImage(place));
  const { value: entry, by } = accessTo(current, domain, repository).credentials;
  return entry && { name: `credentials of "${by}" in "${current.source}"`, entry };
}

function toTable(rows: readonly ExplainedSource[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const verdict = Math.max(...rows.map((row) => row.verdict.length));
  return rows
    .map((row, index) => `${index + 1}  ${row.name.padEnd(width)}  ${row.verdict.padEnd(verdict)}  ${row.why}\n`)
    .join("");
}

/** `host[:port][/path]`, or a URL of one as older files have it; Docker Hub by any of its names. */
export function parseLoginPlace(text: string, action: "log in to" | "log out of" = "log in to"): LoginPlace {
  const [host = "", ...path] = text
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "")
    .split("/");
  const expected = "expected HOST[:PORT] or HOST[:PORT]/PATH";
  // What stands before an @ may be a password, and is not repeated.
  if (text.includes("@")) {
    const instead = action === "log in to" ? "expected --username" : expected;
    throw new UsageError(`Cannot ${action} a place with a user in it: ${instead}`);
  }
  const isHost = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/.test(host);
  const isPath = path.every((component) => /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/.test(component));
  if (!isHost || !isPath || !(host.includes(".") || host.includes(":") || host === "localhost")) {
    throw new UsageError(`Cannot ${action} ${JSON.stringify(text)}: ${expected}`);
  }
  return { host: toRegistryPlace(`${host}/any`).host, path: /^v[12]$/.test(path.join("/")) ? [] : path };
}
