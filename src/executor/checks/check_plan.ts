/** Where a check looks: always the container's own loopback address, so that what listens there alone is reached (B.9). */
export type LoopbackAddress = "127.0.0.1" | "::1";

/** What a check does to a task. */
export type CheckTarget =
  /** Run in the container. Without a user the container's own; variables come on top of the container's. */
  | { kind: "command"; argv: readonly string[]; env: readonly string[]; user?: string }
  /** GET, redirects followed, certificates not verified. `path` may be empty. */
  | { kind: "http"; scheme: "http" | "https"; address: LoopbackAddress; port: number; path: string }
  | { kind: "tcp"; address: LoopbackAddress; port: number };

/** When a check is made. Milliseconds. */
export interface CheckTiming {
  /** From the start of the task to the first run. */
  delayMs: number;
  /** From the end of one run to the next. */
  intervalMs: number;
  /** 0 for none. */
  timeoutMs: number;
}

/** What makes a task that is unhealthy one that has to end. */
export interface HealthTolerance {
  /** Failures in the beginning that do not count, as long as there was no success. */
  gracePeriodMs: number;
  /** Failures in a row at which the task is killed. */
  consecutiveFailures: number;
}

/** A check of a task, by CheckInfo (`check`) or by HealthCheck (`health`). */
export type CheckPlan = { target: CheckTarget; timing: CheckTiming } & (
  | { role: "check" }
  | { role: "health"; tolerance: HealthTolerance }
);

/** What one run of a check found. */
export type CheckResult =
  | { kind: "exited"; status: number }
  | { kind: "answered"; status: number }
  | { kind: "connected" }
  | { kind: "refused" }
  /** It took too long, or could not be made at all. */
  | { kind: "failed"; why: string }
  /** Nobody's fault but of whoever should have made it: it counts for nothing (contract C.3). */
  | { kind: "passing"; why: string };

/** How a task stands by its own check: the status that was found, or only what is checked, before the first result. */
export type CheckFinding =
  | { kind: "command"; exitCode?: number }
  | { kind: "http"; statusCode?: number }
  | { kind: "tcp"; succeeded?: boolean };

/** What a check has to tell of its task. */
export type CheckNews =
  | { kind: "check"; finding: CheckFinding }
  | { kind: "health"; healthy: "yes" | "no"; verdict: "kill" | "none"; why: string };
