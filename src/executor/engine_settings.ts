import { type EngineAddress, parseEngineAddress } from "../docker/mod.ts";
import type { Variables } from "../mesos/environment.ts";

/** The daemon that DOCKER_HOST names, with the certificates that Docker's own client would take. Throws SyntaxError. */
export function readEngineAddress(variables: Variables): EngineAddress {
  const { DOCKER_HOST: host, DOCKER_TLS_VERIFY: verify, DOCKER_CERT_PATH: certPath } = variables;
  return parseEngineAddress(host || undefined, { verify, certPath });
}
