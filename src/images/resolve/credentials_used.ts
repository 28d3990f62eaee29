import { systemClock } from "../../runtime/clock.ts";
import { describeConfiguredCredentials } from "../config/configured_credentials.ts";
import { askHelper } from "../credentials/helper.ts";
import { explainCredentials } from "../credentials/mod.ts";
import type { Candidate } from "./sources.ts";

/** Who we are to a source, and who says so; never a secret (contract C.3). */
export async function describeCredentials(
  { host, access, repository }: Pick<Candidate, "host" | "access" | "repository">,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { value, by } = access.credentials;
  if (value !== undefined) return `${describeConfiguredCredentials(value)} (registries.${by})`;
  const sources = await explainCredentials(`${host}/${repository}`, { variables, clock: systemClock, ask: askHelper });
  const chosen = sources.find(({ verdict }) => verdict === "chosen");
  const failed = sources.find(({ verdict }) => verdict === "failed");
  if (failed) return `nobody (${failed.name}: ${failed.why})`;
  return chosen === undefined || chosen.name === "nobody" ? "nobody" : `${chosen.why} (${chosen.name})`;
}
