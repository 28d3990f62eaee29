import { openSocketTransport } from "../../registry/client/http/socket_transport.ts";
import { isRegistryError, openRegistryClient } from "../../registry/mod.ts";
import type { ImageConfig } from "../images/config/config.ts";
import { readConfiguredAuth } from "../images/config/configured_credentials.ts";
import { accessTo, type RegistryAccess } from "../images/config/registry_rules.ts";
import { CredentialsError } from "../images/credentials/mod.ts";
import { toClientOptions } from "../images/host_client.ts";
import { describeCredentials } from "../images/resolve/credentials_used.ts";
import { messageOf } from "../notation/thrown.ts";
import { silentLog } from "../runtime/log.ts";
import { type Finding, failure, warning, well } from "./finding.ts";
import type { RegistryPlace } from "./registry_places.ts";

/** What a registry's answer showed. */
export interface ExaminedRegistry {
  readonly finding: Finding;
  /** How far its clock is ahead of ours, in milliseconds. */
  readonly aheadMs?: number;
}

/** Somebody waits for the findings: a registry that takes longer is told of as such. */
const patienceMs = { connect: 5000, headers: 10_000 };

/** Whether a registry lets us in, and as whom. */
export async function examineRegistry(
  place: RegistryPlace,
  config: ImageConfig,
  options: { variables: Readonly<Record<string, string | undefined>>; signal: AbortSignal },
): Promise<ExaminedRegistry> {
  const { host } = place;
  const { variables, signal } = options;
  const said = accessTo(config, host, "");
  const access = { ...said, timeouts: { ...patienceMs, ...said.timeouts } };
  const about = `registry ${host}`;
  let aheadMs: number | undefined;
  const unusable = await examinePassword(access, host, variables);
  if (unusable) return { finding: unusable };
  try {
    const who = await describeCredentials({ host, access, repository: "any" }, variables);
    const scheme = place.scheme && { scheme: place.scheme };
    const client = toClientOptions(host, { variables, log: silentLog, access, ...scheme, retries: { attempts: 1 } });
    using sockets = openSocketTransport(client);
    using registry = openRegistryClient(host, {
      ...client,
      transport: async (request) => {
        const response = await sockets.send(request);
        aheadMs ??= readAhead(response.headers.date);
        return response;
      },
    });
    try {
      await registry.ping({ signal });
      return { finding: well(about, `answers as ${who}`), ...ahead(aheadMs) };
    } catch (error) {
      signal.throwIfAborted();
      return { finding: toFinding(about, place, who, error), ...ahead(aheadMs) };
    }
  } catch (error) {
    signal.throwIfAborted();
    return {
      finding: failure(about, messageOf(error), "mend what it names (docs/configuration.md, docs/credentials.md)"),
    };
  }
}

/** A password file that cannot be used: without it, nobody is asked. */
async function examinePassword(
  { credentials: { value } }: Pick<RegistryAccess, "credentials">,
  host: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<Finding | undefined> {
  if (value === undefined || value === "none" || value.passwordFile === undefined) return undefined;
  try {
    await readConfiguredAuth(value, host, variables);
    return undefined;
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    const mend =
      "write the password into the first line of that file, where the agent's user may read it (docs/credentials.md)";
    return failure("password file", error.message, mend);
  }
}

function ahead(aheadMs: number | undefined): { aheadMs?: number } {
  return aheadMs === undefined ? {} : { aheadMs };
}

function toFinding(about: string, { host, need }: RegistryPlace, who: string, error: unknown): Finding {
  const found = `${messageOf(error)}, as ${who}`;
  if (isRegistryError(error, "UNAUTHORIZED", "DENIED")) {
    const mend = `mesos-docker registry login ${host}, or credentials in config.yaml`;
    return who === "nobody" ? warning(about, found, mend) : failure(about, found, mend);
  }
  const mend =
    "look at its address, the network and the proxies; for an authority of your own, name its file in tls.ca of config.yaml";
  return (need === "needed" ? failure : warning)(about, found, mend);
}

function readAhead(date: string | undefined): number | undefined {
  const theirs = Date.parse(date ?? "");
  return Number.isNaN(theirs) ? undefined : theirs - Date.now();
}
