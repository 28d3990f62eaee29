import { resolve } from "node:path";
import { engineVariables } from "../executor/engine_settings.ts";
import { readSettings } from "../executor/settings.ts";
import { proxyVariables } from "../images/proxies.ts";
import { EnvironmentError, type Variables } from "../mesos/environment.ts";
import { readDockerHost } from "./docker_host.ts";
import { UsageError } from "./usage_error.ts";

/** What our own settings are called. */
const ownPrefix = "MESOS_DOCKER_";

/** Paths, which mean something else in a sandbox unless they are absolute. */
const pathVariables = new Set(["DOCKER_CERT_PATH", "MESOS_DOCKER_CONFIG", "MESOS_DOCKER_POLICY"]);

/** The settings that `run` hands on to its executors from its own environment: all that they know, what names the daemon, and the proxies. */
export function toHandedVariables(variables: Variables): Record<string, string> {
  const others = new Set<string>([...engineVariables, ...proxyVariables, ...proxyVariables.map(toSmall)]);
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => {
      if (!value || !(name.startsWith(ownPrefix) || others.has(name))) return [];
      return [[name, pathVariables.has(name) ? resolve(value) : value]];
    }),
  );
}

/** Throws {@link UsageError} for settings that no executor could use: from the executor they would come as the failure of a task. */
export function assertUsable(variables: Variables): void {
  readDockerHost(variables);
  try {
    readSettings(variables);
  } catch (error) {
    throw error instanceof EnvironmentError ? new UsageError(error.faults.join("; ")) : error;
  }
}

function toSmall(name: string): string {
  return name.toLowerCase();
}
