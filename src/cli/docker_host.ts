import type { EngineAddress } from "../docker/mod.ts";
import { readEngineAddress } from "../executor/engine_settings.ts";
import type { Variables } from "../mesos/environment.ts";
import { UsageError } from "./usage_error.ts";

/** The daemon that the caller's variables name; throws {@link UsageError} when they name none that there can be. */
export function readDockerHost(variables: Variables): EngineAddress {
  try {
    return readEngineAddress(variables);
  } catch (error) {
    throw error instanceof SyntaxError ? new UsageError(`DOCKER_HOST: ${error.message}`) : error;
  }
}
