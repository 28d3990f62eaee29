import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError, type Variables } from "./environment.ts";

/** What a connection to an agent by TLS is made with: certificates as PEM. */
export interface AgentTls {
  /** Authorities; those of the platform unless given. */
  ca?: readonly string[];
  /** The executor's own certificate and key, for agents that ask for one. */
  cert?: string;
  key?: string;
  /** Whether the agent must prove who it is; libprocess does not ask unless told to. */
  verify: "agent" | "nobody";
}

/** libprocess' variables, each of which has an older name without the first prefix. */
const prefixes = ["LIBPROCESS_SSL_", "SSL_"] as const;

/**
 * How libprocess' variables want the agent to be spoken to (contract A.3): by TLS, or `undefined` for plain HTTP. Throws
 * {@link EnvironmentError} that names every variable whose file cannot be used.
 */
export function readAgentTls(variables: Variables): AgentTls | undefined {
  if (!isOn(variables, "ENABLED")) return undefined;
  const faults: string[] = [];
  const read = (name: string) => readFile(variables, name, faults);
  const [cert, key] = [read("CERT_FILE"), read("KEY_FILE")];
  if ((cert === undefined) !== (key === undefined) && faults.length === 0) {
    faults.push("LIBPROCESS_SSL_CERT_FILE and LIBPROCESS_SSL_KEY_FILE need each other, found one of them");
  }
  const file = read("CA_FILE");
  const ca = [...(file === undefined ? [] : [file]), ...readFolder(variables, faults)];
  if (faults.length > 0) throw new EnvironmentError(faults);
  const isVerified = ["VERIFY_SERVER_CERT", "VERIFY_CERT", "REQUIRE_CERT"].some((name) => isOn(variables, name));
  return {
    verify: isVerified ? "agent" : "nobody",
    ...(ca.length > 0 ? { ca } : {}),
    ...(cert !== undefined && key !== undefined ? { cert, key } : {}),
  };
}

function find(variables: Variables, name: string): { variable: string; value: string } | undefined {
  const variable = prefixes.map((prefix) => prefix + name).find((one) => variables[one]);
  return variable === undefined ? undefined : { variable, value: variables[variable] ?? "" };
}

function isOn(variables: Variables, name: string): boolean {
  return ["1", "true"].includes(find(variables, name)?.value ?? "");
}

function readFile(variables: Variables, name: string, faults: string[]): string | undefined {
  const found = find(variables, name);
  return found && attempt(found, faults, () => readFileSync(found.value, "utf8"));
}

/** OpenSSL's form of a folder of authorities: one certificate in each file. */
function readFolder(variables: Variables, faults: string[]): string[] {
  const found = find(variables, "CA_DIR");
  if (!found) return [];
  const readAll = () => readdirSync(found.value).map((name) => readFileSync(join(found.value, name), "utf8"));
  return attempt(found, faults, readAll) ?? [];
}

function attempt<T>(found: { variable: string; value: string }, faults: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    faults.push(`${found.variable} is "${found.value}": ${(error as Error).message}`);
    return undefined;
  }
}
