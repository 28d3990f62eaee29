import { type CheckInfo, CheckInfo_Type, type HealthCheck, HealthCheck_Type } from "../../protocol.ts";
import { commandFaults } from "./command_rules.ts";

/** What a master finds wrong with a health check (contract A.13). */
export function* healthCheckFaults(check: HealthCheck): Generator<string> {
  switch (check.type) {
    case HealthCheck_Type.COMMAND:
      if (!check.command) yield "its health check of type COMMAND has no command";
      else yield* commandFaults("its health check", check.command);
      break;
    case HealthCheck_Type.HTTP:
      if (!check.http) yield "its health check of type HTTP has no http";
      else yield* httpFaults("its health check", check.http);
      break;
    case HealthCheck_Type.TCP:
      if (!check.tcp) yield "its health check of type TCP has no tcp";
      break;
    default:
      yield "its health check has no known type";
  }
  const { delaySeconds, intervalSeconds, timeoutSeconds, gracePeriodSeconds } = check;
  yield* negativeFaults("its health check", { delaySeconds, intervalSeconds, timeoutSeconds, gracePeriodSeconds });
}

/** What a master finds wrong with a check (contract A.13). */
export function* checkFaults(check: CheckInfo): Generator<string> {
  switch (check.type) {
    case CheckInfo_Type.COMMAND:
      if (!check.command?.command) yield "its check of type COMMAND has no command";
      else yield* commandFaults("its check", check.command.command);
      break;
    case CheckInfo_Type.HTTP:
      if (!check.http) yield "its check of type HTTP has no http";
      else yield* httpFaults("its check", check.http);
      break;
    case CheckInfo_Type.TCP:
      if (!check.tcp) yield "its check of type TCP has no tcp";
      break;
    default:
      yield "its check has no known type";
  }
  const { delaySeconds, intervalSeconds, timeoutSeconds } = check;
  yield* negativeFaults("its check", { delaySeconds, intervalSeconds, timeoutSeconds });
}

function* httpFaults(what: string, http: { path: string; scheme?: string }): Generator<string> {
  if (http.path && !http.path.startsWith("/")) yield `${what}'s path "${http.path}" does not begin with a slash`;
  if (http.scheme && !["http", "https"].includes(http.scheme)) yield `${what} has the scheme "${http.scheme}"`;
}

function* negativeFaults(what: string, durations: Record<string, number>): Generator<string> {
  for (const [name, seconds] of Object.entries(durations)) if (seconds < 0) yield `${what}'s ${name} is ${seconds}`;
}
