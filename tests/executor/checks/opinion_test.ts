import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckNews, CheckPlan, CheckResult } from "../../../src/executor/checks/check_plan.ts";
import { beginOpinion, weigh } from "../../../src/executor/checks/opinion.ts";
import { checkOf, commandTarget, healthOf, httpTarget, tcpTarget } from "./check_specimen.ts";

const exited = (status: number): CheckResult => ({ kind: "exited", status });
const answered = (status: number): CheckResult => ({ kind: "answered", status });
const timedOut: CheckResult = { kind: "failed", why: "it took longer than 1 s" };
const passing: CheckResult = { kind: "passing", why: "the daemon is away" };
const connected: CheckResult = { kind: "connected" };
const refused: CheckResult = { kind: "refused" };

/** What is told, result by result; results come a second after one another, the first after one second. */
function told(plan: CheckPlan, ...results: CheckResult[]): (CheckNews | undefined)[] {
  let opinion = beginOpinion(plan, 0);
  return results.map((result, index) => {
    const weighed = weigh(plan, opinion, result, (index + 1) * 1000);
    opinion = weighed.opinion;
    return weighed.news;
  });
}

/** + healthy, - unhealthy, x unhealthy and to be killed, . nothing. */
function healthOver(plan: CheckPlan, ...results: CheckResult[]): string {
  const words = told(plan, ...results).map((news) => {
    if (news?.kind !== "health") return ".";
    if (news.verdict === "kill") return "x";
    return news.healthy === "yes" ? "+" : "-";
  });
  return words.join("");
}

const [good, bad] = [exited(0), exited(1)];
const healthTable: [title: string, plan: CheckPlan, results: CheckResult[], expected: string][] = [
  ["the first success only", healthOf(commandTarget), [good, good, good], "+.."],
  ["the first success after failures", healthOf(commandTarget), [good, bad, good, good], "+-+."],
  ["every failure, and wants an end at the third", healthOf(commandTarget), [bad, bad, bad, bad], "--xx"],
  ["failures from the beginning on without a grace", healthOf(commandTarget), [bad, good], "-+"],
  ["a success that takes the failures back", healthOf(commandTarget), [bad, bad, good, bad, bad, bad], "--+--x"],
  ["no failure within the grace", healthOf(commandTarget, { gracePeriodMs: 2000 }), [bad, bad, bad], "..-"],
  ["failures within the grace after a success", healthOf(commandTarget, { gracePeriodMs: 9000 }), [good, bad], "+-"],
  ["a first success within the grace", healthOf(commandTarget, { gracePeriodMs: 9000 }), [bad, good, good], ".+."],
  ["an end at the first of one failure", healthOf(commandTarget, { consecutiveFailures: 1 }), [bad], "x"],
  ["an end at the first where none is allowed", healthOf(commandTarget, { consecutiveFailures: 0 }), [bad], "x"],
  ["a timeout as a failure", healthOf(commandTarget), [timedOut], "-"],
  ["nothing of a run that is nobody's fault", healthOf(commandTarget), [bad, passing, bad, passing, bad], "-.-.x"],
];
for (const [title, plan, results, expected] of healthTable) {
  test(`a health check tells ${title}`, () => {
    assert.equal(healthOver(plan, ...results), expected);
  });
}

for (const [status, expected] of [
  [199, "-"],
  [200, "+"],
  [302, "+"],
  [399, "+"],
  [400, "-"],
  [500, "-"],
] as const) {
  test(`a health check takes an answer of ${status} for ${expected === "+" ? "healthy" : "unhealthy"}`, () => {
    assert.equal(healthOver(healthOf(httpTarget), answered(status)), expected);
  });
}

test("a health check takes a connection for healthy, and none for unhealthy", () => {
  assert.equal(healthOver(healthOf(tcpTarget), connected, refused), "+-");
});

for (const [result, why] of [
  [exited(3), "the command exited with status 3"],
  [answered(503), "the answer had status 503"],
  [refused, "the connection was refused"],
  [timedOut, "it took longer than 1 s"],
] as const) {
  test(`a health check says of a task that is unhealthy: ${why}`, () => {
    assert.deepEqual(told(healthOf(commandTarget), result), [{ kind: "health", healthy: "no", verdict: "none", why }]);
  });
}

const command = (exitCode?: number) => ({
  kind: "check",
  finding: { kind: "command", ...(exitCode === undefined ? {} : { exitCode }) },
});
const checkTable: [title: string, plan: CheckPlan, results: CheckResult[], expected: unknown[]][] = [
  ["a status when it changes (case 65)", checkOf(commandTarget), [bad, bad, good], [command(1), undefined, command(0)]],
  ["no timeout as the first result", checkOf(commandTarget), [timedOut], [undefined]],
  ["a timeout after a status", checkOf(commandTarget), [good, timedOut, timedOut], [command(0), command(), undefined]],
  [
    "the same status after a timeout",
    checkOf(commandTarget),
    [good, timedOut, good],
    [command(0), command(), command(0)],
  ],
  [
    "nothing of a run that is nobody's fault",
    checkOf(commandTarget),
    [good, passing, good],
    [command(0), undefined, undefined],
  ],
  [
    "any status of an answer",
    checkOf(httpTarget),
    [answered(500), answered(200), timedOut],
    [
      { kind: "check", finding: { kind: "http", statusCode: 500 } },
      { kind: "check", finding: { kind: "http", statusCode: 200 } },
      { kind: "check", finding: { kind: "http" } },
    ],
  ],
  [
    "whether there was a connection",
    checkOf(tcpTarget),
    [refused, connected, timedOut],
    [
      { kind: "check", finding: { kind: "tcp", succeeded: false } },
      { kind: "check", finding: { kind: "tcp", succeeded: true } },
      { kind: "check", finding: { kind: "tcp" } },
    ],
  ],
];
for (const [title, plan, results, expected] of checkTable) {
  test(`a check tells ${title}`, () => {
    assert.deepEqual(told(plan, ...results), expected);
  });
}
