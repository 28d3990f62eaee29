import type { Probe } from "../checks/check_spec.ts";
import { hideSecrets } from "../task/redaction.ts";
import type { MountSpec, TaskSpec } from "../task/task_spec.ts";

/**
 * A task as it was resolved, as JSON: what the daemon is asked for, with who said each field. Secrets are left out, and on
 * demand the values of all variables: logs have more readers than terminals.
 * Unlike the request itself it is no interface: for people, and for finding out why a container is what it is.
 */
export function formatExplanation(spec: TaskSpec, options: { variables: "shown" | "hidden" }): string {
  const { secrets, registryAuth, ...read } = spec;
  const told = options.variables === "shown" ? read : hideVariables(read);
  const mounts = told.mounts.map(hideBytes);
  const hidden = { ...told, mounts, ...(registryAuth ? { registryAuth: "[secret]" } : {}) };
  return JSON.stringify(hidden, (_key, value) => toPlain(value, secrets), 2);
}

/** Many a variable is a secret that nobody has called one. */
function hideVariables<Read extends Pick<TaskSpec, "container" | "checks">>(read: Read): Read {
  const { container, checks } = read;
  return {
    ...read,
    container: { ...container, Env: hideValues(container.Env ?? []) },
    ...(checks ? { checks: hideInChecks(checks) } : {}),
  };
}

function hideInChecks(checks: NonNullable<TaskSpec["checks"]>): NonNullable<TaskSpec["checks"]> {
  const { check, health, ...rest } = checks;
  return {
    ...rest,
    ...(check ? { check: { ...check, probe: hideInProbe(check.probe) } } : {}),
    ...(health ? { health: { ...health, probe: hideInProbe(health.probe) } } : {}),
  };
}

function hideInProbe(probe: Probe): Probe {
  return probe.kind === "command" ? { ...probe, env: hideValues(probe.env) } : probe;
}

function hideValues(variables: readonly string[]): string[] {
  return variables.map((entry) => entry.replace(/=.*$/s, "=[hidden]"));
}

function toPlain(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "bigint") return String(value);
  return typeof value === "string" ? hideSecrets(value, secrets) : value;
}

/** Done before anything else: bytes of some classes turn themselves into numbers. */
function hideBytes(mount: MountSpec): object {
  return mount.kind === "secret" ? { ...mount, bytes: `[${mount.bytes.length} secret bytes]` } : mount;
}
