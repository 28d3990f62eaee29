import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { type Log, silentLog } from "../../runtime/log.ts";
import type { Containerizer } from "./container/containerizer.ts";
import { processContainerizer } from "./container/process_containerizer.ts";
import type { AgentResources } from "./offers/ledger.ts";
import type { Exchange } from "./reports.ts";

/** Where executors reach the agent. With a UNIX socket they are told to use it, and TCP is served besides. */
export type ListenOption = { kind: "tcp"; host?: string; port?: number } | { kind: "unix"; path: string };

/** How an embedded agent is set up; the flags of a real agent stand beside what they correspond to. */
export interface EmbeddedAgentOptions {
  /** Sandboxes are created below it (`--work_dir`). */
  workDir: string;
  /** Default: a free port of 127.0.0.1. */
  listen?: ListenOption;
  /** What this agent offers (`--resources`). */
  resources: AgentResources;
  /** Default: a fresh one. */
  agentId?: string;
  /** Whether frameworks that do not say so have checkpointing; default false, as in Mesos. */
  checkpoint?: boolean;
  /** From SHUTDOWN to the kill (`--executor_shutdown_grace_period`, 5 s). */
  shutdownGraceMs?: number;
  /** From the fork to the first SUBSCRIBE (`--executor_registration_timeout`, 1 min). */
  registrationTimeoutMs?: number;
  /** From recovery to the next SUBSCRIBE (`--executor_reregistration_timeout`, 2 s, at most 15 s). */
  reregistrationTimeoutMs?: number;
  /** How long executors wait for the agent (`--recovery_timeout`, 15 min). */
  recoveryTimeoutMs?: number;
  /** Between HEARTBEAT events (30 min). */
  heartbeatIntervalMs?: number;
  /** `token`: every call needs the executor's own bearer token (`--authenticate_http_executors`). */
  authentication?: "none" | "token";
  /** Variables for every executor (`--executor_environment_variables`). */
  executorEnvironment?: Readonly<Record<string, string>>;
  /** What a file of Docker's client says, for who asks for the agent's flags (`--docker_config`). */
  dockerConfig?: Readonly<Record<string, unknown>>;
  /** Sees every request with its answer, for tests. */
  observe?: (exchange: Exchange) => void;
  /** Starts executors; default: as processes of this host. */
  containerizer?: Containerizer;
  clock?: Clock;
  log?: Log;
}

/** Options with every default in place; some have none. */
export type AgentSettings = Readonly<
  Required<Omit<EmbeddedAgentOptions, "dockerConfig">> & Pick<EmbeddedAgentOptions, "dockerConfig">
>;

/** Agents refuse to start with a longer `--executor_reregistration_timeout`. */
const maxReregistrationTimeoutMs = 15_000;

/** Puts the defaults of a real agent in place; throws RangeError for what one would not start with. */
export function resolveSettings(options: EmbeddedAgentOptions): AgentSettings {
  const settings: AgentSettings = {
    listen: { kind: "tcp" },
    agentId: `${randomUUID()}-S0`,
    checkpoint: false,
    shutdownGraceMs: 5000,
    registrationTimeoutMs: 60_000,
    reregistrationTimeoutMs: 2000,
    recoveryTimeoutMs: 15 * 60_000,
    heartbeatIntervalMs: 30 * 60_000,
    authentication: "none",
    executorEnvironment: {},
    observe: () => undefined,
    containerizer: processContainerizer,
    clock: systemClock,
    log: silentLog,
    ...options,
    workDir: resolve(options.workDir),
  };
  const timeoutMs = settings.reregistrationTimeoutMs;
  if (timeoutMs > maxReregistrationTimeoutMs) {
    throw new RangeError(
      `Cannot use reregistrationTimeoutMs ${timeoutMs}: it is more than ${maxReregistrationTimeoutMs}`,
    );
  }
  return settings;
}
