import {
  type CheckInfo,
  CheckInfo_Type,
  type CommandInfo,
  type HealthCheck,
  HealthCheck_Type,
  NetworkInfo_Protocol,
  type TaskInfo,
} from "../../mesos/protocol.ts";
import type { CheckSpec, CheckTiming, HealthSpec, LoopbackAddress, Probe } from "../checks/check_spec.ts";
import { TaskError } from "../task/task_error.ts";
import { readVariables } from "./environment.ts";

/** What a task's checks ask for, and texts in them that may appear in no message. */
export interface ReadChecks {
  check?: CheckSpec;
  health?: HealthSpec;
  secrets: readonly string[];
}

/** Reads both checks of a task, with Mesos' own defaults (contract C.3); throws {@link TaskError} as a master would (A.13). */
export function readChecks({ check, healthCheck }: TaskInfo): ReadChecks {
  const secrets: string[] = [];
  return {
    ...(check ? { check: { probe: toCheckProbe(check, secrets), ...toTiming(check, "check") } } : {}),
    ...(healthCheck ? { health: toHealth(healthCheck, secrets) } : {}),
    secrets,
  };
}

function toHealth(check: HealthCheck, secrets: string[]): HealthSpec {
  const field = "health_check";
  const { gracePeriodSeconds, consecutiveFailures } = check;
  return {
    probe: toHealthProbe(check, secrets),
    ...toTiming(check, field),
    graceMs: toMs(gracePeriodSeconds, `${field}.grace_period_seconds`),
    consecutiveFailures,
  };
}

function toHealthProbe({ type, command, http, tcp }: HealthCheck, secrets: string[]): Probe {
  const field = "health_check";
  switch (type) {
    case HealthCheck_Type.COMMAND:
      return toCommandProbe(given(command, `${field}.command`), `${field}.command`, secrets);
    case HealthCheck_Type.HTTP: {
      const { scheme = "http", port, path, protocol } = given(http, `${field}.http`);
      if (scheme !== "" && scheme !== "http" && scheme !== "https") {
        throw invalid(`${field}.http.scheme`, `it is "${scheme}", expected http or https`);
      }
      const known = scheme === "https" ? "https" : "http";
      return { ...toHttpProbe(port, path ?? "", `${field}.http`), scheme: known, host: toHost(protocol) };
    }
    case HealthCheck_Type.TCP: {
      const { port, protocol } = given(tcp, `${field}.tcp`);
      return { kind: "tcp", port: toPort(port, `${field}.tcp.port`), host: toHost(protocol) };
    }
    default:
      throw invalid(`${field}.type`, "it is none of COMMAND, HTTP and TCP");
  }
}

function toCheckProbe({ type, command, http, tcp }: CheckInfo, secrets: string[]): Probe {
  const field = "check";
  switch (type) {
    case CheckInfo_Type.COMMAND: {
      const stated = given(given(command, `${field}.command`).command, `${field}.command.command`);
      return toCommandProbe(stated, `${field}.command.command`, secrets);
    }
    case CheckInfo_Type.HTTP: {
      const { port, path } = given(http, `${field}.http`);
      return toHttpProbe(port, path ?? "", `${field}.http`);
    }
    case CheckInfo_Type.TCP: {
      const { port } = given(tcp, `${field}.tcp`);
      return { kind: "tcp", port: toPort(port, `${field}.tcp.port`), host: "127.0.0.1" };
    }
    default:
      throw invalid(`${field}.type`, "it is none of COMMAND, HTTP and TCP");
  }
}

function toCommandProbe(command: CommandInfo, field: string, secrets: string[]): Probe & { kind: "command" } {
  const { value, shell, user, environment, uris } = command;
  if (uris.length > 0)
    throw new TaskError("unsupported", `Cannot honour ${field}.uris: nobody fetches what a check names`);
  if (shell && !value) throw invalid(field, "shell is specified but no command value");
  const words = value ? [value, ...command.arguments] : command.arguments;
  if (words.length === 0) throw invalid(field, "there is nothing to run");
  const read = readVariables(environment, `${field}.environment`);
  secrets.push(...read.secrets);
  return {
    kind: "command",
    argv: shell ? ["/bin/sh", "-c", value ?? ""] : words,
    env: read.variables.map(({ name, value: text }) => `${name}=${text}`),
    ...(user ? { user } : {}),
  };
}

function toHttpProbe(port: number, path: string, field: string): Probe & { kind: "http" } {
  if (path !== "" && !path.startsWith("/")) throw invalid(`${field}.path`, `"${path}" does not begin with "/"`);
  return { kind: "http", scheme: "http", host: "127.0.0.1", port: toPort(port, `${field}.port`), path };
}

function toTiming(
  check: Pick<CheckInfo, "delaySeconds" | "intervalSeconds" | "timeoutSeconds">,
  field: string,
): CheckTiming {
  const timeoutMs = toMs(check.timeoutSeconds, `${field}.timeout_seconds`);
  return {
    delayMs: toMs(check.delaySeconds, `${field}.delay_seconds`),
    intervalMs: toMs(check.intervalSeconds, `${field}.interval_seconds`),
    ...(timeoutMs === 0 ? {} : { timeoutMs }),
  };
}

function toMs(seconds: number, field: string): number {
  if (!(seconds >= 0 && Number.isFinite(seconds))) throw invalid(field, `${seconds} is no time`);
  return seconds * 1000;
}

function toPort(port: number, field: string): number {
  if (port < 1 || port > 65_535) throw invalid(field, `${port} is no port`);
  return port;
}

function toHost(protocol: NetworkInfo_Protocol): LoopbackAddress {
  return protocol === NetworkInfo_Protocol.IPv6 ? "::1" : "127.0.0.1";
}

function given<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw invalid(field, "it is absent, and the type asks for it");
  return value;
}

function invalid(field: string, found: string): TaskError {
  return new TaskError("invalid", `Cannot use TaskInfo.${field}: ${found}`);
}
