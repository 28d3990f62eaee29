import { CredentialsError } from "./credentials_error.ts";
import { type DockerConfig, parseDockerConfig } from "./docker_config.ts";

const name = "DOCKER_AUTH_CONFIG";

/**
 * Reads DOCKER_AUTH_CONFIG: `auths`, and of each server `auth` alone; anything else is an error, as it is to Docker's client
 * (images contract C.1). Throws {@link CredentialsError} `invalid`.
 */
export function parseAuthVariable(text: string): DockerConfig {
  const config = parseDockerConfig(text, name);
  const document = JSON.parse(text) as Record<string, unknown>;
  if (Object.keys(document).some((key) => key !== "auths")) throw refuse(`it has a field beside "auths"`);
  for (const [index, entry] of Object.values(document.auths ?? {}).entries()) {
    const fields = Object.keys((entry ?? {}) as object);
    if (fields.some((field) => field !== "auth")) throw refuse(`entry ${index + 1} has a field beside "auth"`);
  }
  return config;
}

function refuse(found: string): CredentialsError {
  return new CredentialsError("invalid", `Cannot use "${name}": ${found}`);
}
