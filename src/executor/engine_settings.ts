import { type EngineAddress, parseEngineAddress } from "../docker/mod.ts";
import type { Variables } from "../mesos/environment.ts";

/** What the daemon, and the way to it, are named by. */
export const engineVariables = ["DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"] as const;

/** The daemon that DOCKER_HOST names, with the certificates that Docker's own client would take. Throws SyntaxError. */
export function readEngineAddress(variables: Variables): EngineAddress {
  const [host, verify, certPath] = engineVariables.map((name) => variables[name]);
  return parseEngineAddress(host || undefined, { verify, certPath });
}
