import type { CheckFinding, CheckNews, CheckPlan, CheckResult, CheckTarget, HealthTolerance } from "./check_plan.ts";

/** What a check thinks of its task so far. */
export type Opinion =
  | { readonly kind: "check"; readonly finding: CheckFinding }
  | {
      readonly kind: "health";
      /** When the grace began; milliseconds since the epoch. */
      readonly since: number;
      readonly seen: "nothing" | "success";
      readonly failures: number;
    };

/** An opinion, and what has to be told of it. */
export interface Weighed {
  opinion: Opinion;
  news?: CheckNews;
}

/** Before the first result: no finding but the type, nothing known of the health. */
export function beginOpinion({ role, target }: CheckPlan, now: number): Opinion {
  if (role === "check") return { kind: "check", finding: { kind: target.kind } };
  return { kind: "health", since: now, seen: "nothing", failures: 0 };
}

/** What a result does to an opinion (contract C.3). */
export function weigh(plan: CheckPlan, opinion: Opinion, result: CheckResult, now: number): Weighed {
  if (result.kind === "passing") return { opinion };
  if (opinion.kind === "check") return weighFinding(opinion, toFinding(plan.target, result));
  if (plan.role === "check") return { opinion };
  const fault = toFault(result);
  return fault === undefined ? weighSuccess(opinion) : weighFailure(opinion, plan.tolerance, fault, now);
}

function weighFinding(opinion: Opinion & { kind: "check" }, finding: CheckFinding): Weighed {
  if (isSame(opinion.finding, finding)) return { opinion };
  return { opinion: { kind: "check", finding }, news: { kind: "check", finding } };
}

function isSame(one: CheckFinding, other: CheckFinding): boolean {
  return toFound(one) === toFound(other);
}

function toFound(finding: CheckFinding): number | boolean | undefined {
  switch (finding.kind) {
    case "command":
      return finding.exitCode;
    case "http":
      return finding.statusCode;
    case "tcp":
      return finding.succeeded;
  }
}

/** A check that was not made to its end has found nothing. */
function toFinding({ kind }: CheckTarget, result: CheckResult): CheckFinding {
  switch (kind) {
    case "command":
      return result.kind === "exited" ? { kind, exitCode: result.status } : { kind };
    case "http":
      return result.kind === "answered" ? { kind, statusCode: result.status } : { kind };
    case "tcp":
      if (result.kind === "connected") return { kind, succeeded: true };
      return result.kind === "refused" ? { kind, succeeded: false } : { kind };
  }
}

/** Only a success that is news is told: the first one, and the first after failures. */
function weighSuccess(opinion: Opinion & { kind: "health" }): Weighed {
  const known: Opinion = { ...opinion, seen: "success", failures: 0 };
  if (opinion.seen === "success" && opinion.failures === 0) return { opinion };
  return { opinion: known, news: { kind: "health", healthy: "yes", verdict: "none", why: "" } };
}

/** Every failure that counts is told. */
function weighFailure(
  opinion: Opinion & { kind: "health" },
  { gracePeriodMs, consecutiveFailures }: HealthTolerance,
  why: string,
  now: number,
): Weighed {
  const isForgiven = opinion.seen === "nothing" && gracePeriodMs > 0 && now - opinion.since <= gracePeriodMs;
  if (isForgiven) return { opinion };
  const failures = opinion.failures + 1;
  const verdict = failures >= consecutiveFailures ? "kill" : "none";
  return { opinion: { ...opinion, failures }, news: { kind: "health", healthy: "no", verdict, why } };
}

/** Why a result is no success; the list of `statuses` in HealthCheck has no meaning (contract C.3). */
function toFault(result: Exclude<CheckResult, { kind: "passing" }>): string | undefined {
  switch (result.kind) {
    case "exited":
      return result.status === 0 ? undefined : `the command exited with status ${result.status}`;
    case "answered":
      return result.status >= 200 && result.status < 400 ? undefined : `the answer had status ${result.status}`;
    case "connected":
      return undefined;
    case "refused":
      return "the connection was refused";
    case "failed":
      return result.why;
  }
}
