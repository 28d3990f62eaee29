import { parseDuration } from "../notation/duration.ts";
import { messageOf } from "../notation/thrown.ts";

/** Where an agent listens, as MESOS_SLAVE_PID says it: `slave(1)@10.0.0.5:5051`. */
export interface AgentEndpoint {
  /** First part of the API's path, e.g. `slave(1)`. */
  processId: string;
  /** Address without brackets. */
  host: string;
  port: number;
}

/** What an agent tells the executor that it starts (contract A.2); complete and checked. */
export interface ExecutorEnvironment {
  frameworkId: string;
  executorId: string;
  agentId: string;
  endpoint: AgentEndpoint;
  /** UNIX socket of the agent, when it offers one; it is used instead of TCP. */
  domainSocket?: string;
  /** The sandbox as the host sees it: what a container mounts. */
  directory: string;
  /** The sandbox as this process sees it: where it writes. */
  sandbox: string;
  /** Whether the executor outlives the agent. */
  checkpoint: boolean;
  shutdownGraceMs: number;
  /** How long an agent may stay away; 0 without checkpointing. */
  recoveryTimeoutMs: number;
  /** Upper bound of the random wait between attempts to subscribe again; 0 without checkpointing. */
  subscriptionBackoffMaxMs: number;
  /** Bearer token of this executor. A secret: never to be logged or handed to a child. */
  token?: string;
}

/** Every fault of the MESOS_* variables at once. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`Cannot read the agent's environment: ${faults.join("; ")}`);
    this.faults = faults;
  }
}

/** The environment as name → value; `process.env` has this shape. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Whether an agent started this process: any of the variables that every agent sets is there. */
export function isUnderAgent(variables: Variables): boolean {
  return ["MESOS_FRAMEWORK_ID", "MESOS_EXECUTOR_ID", "MESOS_SLAVE_PID"].some((name) => variables[name] !== undefined);
}

/** Reads and checks the MESOS_* variables; throws {@link EnvironmentError} with all faults. */
export function readExecutorEnvironment(variables: Variables): ExecutorEnvironment {
  const reader = new Reader(variables);
  const checkpoint = reader.flag("MESOS_CHECKPOINT");
  const directory = reader.path("MESOS_DIRECTORY");
  const domainSocket = variables.MESOS_DOMAIN_SOCKET;
  const token = variables.MESOS_EXECUTOR_AUTHENTICATION_TOKEN;
  const environment: ExecutorEnvironment = {
    frameworkId: reader.text("MESOS_FRAMEWORK_ID"),
    executorId: reader.text("MESOS_EXECUTOR_ID"),
    agentId: reader.text("MESOS_SLAVE_ID"),
    endpoint: reader.parsed("MESOS_SLAVE_PID", parseAgentEndpoint, { processId: "", host: "", port: 0 }),
    directory,
    sandbox: variables.MESOS_SANDBOX === undefined ? directory : reader.path("MESOS_SANDBOX"),
    checkpoint,
    shutdownGraceMs: reader.duration("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", { absent: 5000 }),
    recoveryTimeoutMs: checkpoint ? reader.duration("MESOS_RECOVERY_TIMEOUT") : 0,
    subscriptionBackoffMaxMs: checkpoint ? reader.duration("MESOS_SUBSCRIPTION_BACKOFF_MAX") : 0,
    ...(domainSocket ? { domainSocket } : {}),
    ...(token ? { token } : {}),
  };
  if (reader.faults.length > 0) throw new EnvironmentError(reader.faults);
  return environment;
}

/** Parses `<process>@<host>:<port>`, IPv6 in brackets; throws SyntaxError. */
export function parseAgentEndpoint(text: string): AgentEndpoint {
  const [, processId, bracketed, plain, port] =
    /^([^@\s]+)@(?:\[([^\]\s]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (processId === undefined || host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw new SyntaxError(`expected "slave(N)@host:port"`);
  }
  return { processId, host, port: Number(port) };
}

class Reader {
  readonly #variables: Variables;
  readonly faults: string[] = [];

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  text(name: string): string {
    const value = this.#variables[name];
    if (!value) this.faults.push(`${name} is ${value === undefined ? "missing" : "empty"}`);
    return value ?? "";
  }

  path(name: string): string {
    const value = this.text(name);
    if (value && !value.startsWith("/")) this.faults.push(`${name} is "${value}", expected an absolute path`);
    return value;
  }

  /** `1` or `0`; agents of every version set it, so its absence is read as `0` only. */
  flag(name: string): boolean {
    const value = this.#variables[name] ?? "0";
    if (value !== "0" && value !== "1") this.faults.push(`${name} is "${value}", expected 0 or 1`);
    return value === "1";
  }

  duration(name: string, options: { absent?: number } = {}): number {
    if (this.#variables[name] === undefined && options.absent !== undefined) return options.absent;
    return this.parsed(
      name,
      (text) => {
        const durationMs = parseDuration(text);
        if (durationMs < 0) throw new RangeError("expected a duration of zero or more");
        return durationMs;
      },
      0,
    );
  }

  parsed<T>(name: string, parse: (text: string) => T, broken: T): T {
    const text = this.text(name);
    if (!text) return broken;
    try {
      return parse(text);
    } catch (error) {
      this.faults.push(`${name} is "${text}": ${messageOf(error)}`);
      return broken;
    }
  }
}
