/** What is asked of a container, from within: of its processes, or in its network namespace. */
export type Probe =
  | { kind: "command"; argv: readonly string[]; env: readonly string[]; user?: string }
  | { kind: "http"; scheme: "http" | "https"; host: LoopbackAddress; port: number; path: string }
  | { kind: "tcp"; host: LoopbackAddress; port: number };

/** Where servers of a container are asked. */
export type LoopbackAddress = "127.0.0.1" | "::1";

/** When a probe is made (contract C.3). */
export interface CheckTiming {
  /** From RUNNING to the first one. */
  delayMs: number;
  /** From the end of one to the beginning of the next. */
  intervalMs: number;
  /** Absent when one may take as long as it likes. */
  timeoutMs?: number;
}

/** TaskInfo.check: tells what it finds, and never kills. */
export interface CheckSpec extends CheckTiming {
  probe: Probe;
}

/** TaskInfo.health_check: tells of failures, and kills after so many in a row. */
export interface HealthSpec extends CheckTiming {
  probe: Probe;
  /** Failures within this time of RUNNING do not count before the first success. */
  graceMs: number;
  consecutiveFailures: number;
}

/** What is made of the HEALTHCHECK of an image, which the daemon runs. */
export type HealthcheckManner = "report" | "kill";

/** All checks of a task; each runs for itself. */
export interface ChecksSpec {
  check?: CheckSpec;
  health?: HealthSpec;
  healthcheck?: HealthcheckManner;
}

/** What a probe has found; without a finding it ran out of time, or could not be made, and `why` says so. */
export type Finding =
  | { kind: "command"; exitCode: number }
  | { kind: "http"; statusCode: number }
  | { kind: "tcp"; succeeded: boolean; why?: string }
  | { kind: "none"; why: string }
  /** The daemon is away: this says nothing of the container. */
  | { kind: "unknown"; why: string };

/** The result of a check, as statuses tell it: empty when the probe found nothing. */
export type CheckResult =
  | { kind: "command"; exitCode?: number }
  | { kind: "http"; statusCode?: number }
  | { kind: "tcp"; succeeded?: boolean };
