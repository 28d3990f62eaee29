import type { CheckPlan, CheckTarget } from "../../../src/executor/checks/check_plan.ts";

/** A command that is checked. */
export const commandTarget: CheckTarget = { kind: "command", argv: ["/bin/sh", "-c", "true"], env: [] };
/** A page that is checked. */
export const httpTarget: CheckTarget = { kind: "http", scheme: "http", address: "127.0.0.1", port: 80, path: "/" };
/** A port that is checked. */
export const tcpTarget: CheckTarget = { kind: "tcp", address: "127.0.0.1", port: 80 };

/** Unlike each other, so that none can stand for another. */
export const timing = { delayMs: 100, intervalMs: 1000, timeoutMs: 20_000 };

/** A check by CheckInfo. */
export function checkOf(target: CheckTarget, changes: Partial<typeof timing> = {}): CheckPlan {
  return { role: "check", target, timing: { ...timing, ...changes } };
}

/** A check by HealthCheck. */
export function healthOf(
  target: CheckTarget,
  { gracePeriodMs = 0, consecutiveFailures = 3, ...changes }: Partial<typeof timing> & Partial<Tolerance> = {},
): CheckPlan {
  const tolerance = { gracePeriodMs, consecutiveFailures };
  return { role: "health", target, timing: { ...timing, ...changes }, tolerance };
}

type Tolerance = (CheckPlan & { role: "health" })["tolerance"];
