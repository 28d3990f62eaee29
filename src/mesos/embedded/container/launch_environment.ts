import { Buffer } from "node:buffer";
import { formatDuration } from "../../../notation/duration.ts";
import { type CommandInfo, Environment_Variable_Type } from "../../protocol.ts";
import { isSet } from "../messages.ts";

/** What an agent tells an executor through its environment (contract A.2). */
export interface LaunchFacts {
  frameworkId: string;
  executorId: string;
  agentId: string;
  /** Address without brackets. */
  host: string;
  port: number;
  socketPath?: string;
  sandbox: string;
  checkpoint: boolean;
  shutdownGraceMs: number;
  recoveryTimeoutMs: number;
  subscriptionBackoffMaxMs: number;
  token?: string;
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The whole environment of an executor. Nothing of this process gets in; the operator's variables are below the
 * agent's own, and those of the command are above everything (contract A.1).
 */
export function toLaunchEnvironment(
  facts: LaunchFacts,
  command: CommandInfo,
  options: { operator?: Readonly<Record<string, string>> } = {},
): Record<string, string> {
  const given = { ...options.operator, ...agentVariables(facts), ...commandVariables(command) };
  return { PATH: defaultPath, ...given };
}

function agentVariables(facts: LaunchFacts): Record<string, string> {
  const endpoint = `${facts.host.includes(":") ? `[${facts.host}]` : facts.host}:${facts.port}`;
  const variables: Record<string, string> = {
    LIBPROCESS_IP: facts.host,
    LIBPROCESS_PORT: "0",
    MESOS_FRAMEWORK_ID: facts.frameworkId,
    MESOS_EXECUTOR_ID: facts.executorId,
    MESOS_DIRECTORY: facts.sandbox,
    MESOS_SANDBOX: facts.sandbox,
    MESOS_SLAVE_ID: facts.agentId,
    MESOS_SLAVE_PID: `slave(1)@${endpoint}`,
    MESOS_AGENT_ENDPOINT: endpoint,
    MESOS_CHECKPOINT: facts.checkpoint ? "1" : "0",
    MESOS_HTTP_COMMAND_EXECUTOR: "0",
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: formatDuration(facts.shutdownGraceMs),
  };
  if (facts.checkpoint) {
    variables.MESOS_RECOVERY_TIMEOUT = formatDuration(facts.recoveryTimeoutMs);
    variables.MESOS_SUBSCRIPTION_BACKOFF_MAX = formatDuration(facts.subscriptionBackoffMaxMs);
  }
  if (facts.socketPath !== undefined) variables.MESOS_DOMAIN_SOCKET = facts.socketPath;
  if (facts.token !== undefined) variables.MESOS_EXECUTOR_AUTHENTICATION_TOKEN = facts.token;
  return variables;
}

function commandVariables(command: CommandInfo): Record<string, string> {
  const variables = (command.environment?.variables ?? []).map((variable): [string, string] => {
    if (variable.type !== Environment_Variable_Type.SECRET) return [variable.name, variable.value];
    const value = variable.secret?.value;
    if (value && isSet(value, "data")) return [variable.name, Buffer.from(value.data).toString()];
    throw new Error(`Failed to resolve the secret of variable '${variable.name}': this agent has no secret store`);
  });
  return Object.fromEntries(variables);
}
