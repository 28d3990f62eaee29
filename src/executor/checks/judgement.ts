import type { CheckResult, Finding, HealthSpec, Probe } from "./check_spec.ts";

/** What is known of a task's health. */
export interface HealthState {
  readonly seen: "nothing yet" | "success" | "failure";
  /** Whether it has ever succeeded: the grace period is over then. */
  readonly succeeded: "never" | "before";
  readonly failures: number;
}

/** A task that has just become RUNNING. */
export const unseenHealth: HealthState = { seen: "nothing yet", succeeded: "never", failures: 0 };

/** What a finding means for a task's health (contract C.3). */
export interface HealthVerdict {
  state: HealthState;
  /** What is to be told; nothing when nobody would learn anything by it. */
  tell?: "healthy" | "unhealthy";
  kill: "no" | "yes";
}

/** Whether a finding is a success: exit code 0, a status from 200 to 399, a connection. */
export function isHealthy(finding: Finding): boolean {
  switch (finding.kind) {
    case "command":
      return finding.exitCode === 0;
    case "http":
      return finding.statusCode >= 200 && finding.statusCode <= 399;
    case "tcp":
      return finding.succeeded;
    default:
      return false;
  }
}

/** Judges one finding, `sinceMs` after RUNNING. */
export function judgeHealth(
  state: HealthState,
  finding: Finding,
  sinceMs: number,
  { graceMs, consecutiveFailures }: Pick<HealthSpec, "graceMs" | "consecutiveFailures">,
): HealthVerdict {
  if (finding.kind === "unknown") return { state, kill: "no" };
  if (isHealthy(finding)) {
    const next: HealthState = { seen: "success", succeeded: "before", failures: 0 };
    return { state: next, kill: "no", ...(state.seen === "success" ? {} : { tell: "healthy" }) };
  }
  if (state.succeeded === "never" && graceMs > 0 && sinceMs <= graceMs) return { state, kill: "no" };
  const failures = state.failures + 1;
  const next: HealthState = { ...state, seen: "failure", failures };
  return { state: next, tell: "unhealthy", kill: failures >= consecutiveFailures ? "yes" : "no" };
}

/** The result of a check before the first one, and of one that found nothing. */
export function toEmptyResult({ kind }: Probe): CheckResult {
  return { kind };
}

/** What a finding is told as; undefined for one that says nothing of the container. */
export function toResult(probe: Probe, finding: Finding): CheckResult | undefined {
  switch (finding.kind) {
    case "unknown":
      return undefined;
    case "none":
      return toEmptyResult(probe);
    case "command":
      return { kind: "command", exitCode: finding.exitCode };
    case "http":
      return { kind: "http", statusCode: finding.statusCode };
    case "tcp":
      return { kind: "tcp", succeeded: finding.succeeded };
  }
}

/** Whether two results would be told alike. */
export function isSameResult(a: CheckResult, b: CheckResult): boolean {
  return readValue(a) === readValue(b);
}

function readValue(result: CheckResult): number | boolean | undefined {
  switch (result.kind) {
    case "command":
      return result.exitCode;
    case "http":
      return result.statusCode;
    case "tcp":
      return result.succeeded;
  }
}

/** One finding in words, for the message of a failure. */
export function describeFinding(finding: Finding): string {
  switch (finding.kind) {
    case "command":
      return `the command exited with status ${finding.exitCode}`;
    case "http":
      return `the answer had status ${finding.statusCode}`;
    case "tcp":
      return finding.succeeded ? "a connection was made" : (finding.why ?? "no connection was made");
    default:
      return finding.why;
  }
}
