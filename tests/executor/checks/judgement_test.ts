import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../../../src/executor/checks/check_spec.ts";
import {
  describeFinding,
  isHealthy,
  isSameResult,
  judgeHealth,
  toEmptyResult,
  toResult,
  unseenHealth,
} from "../../../src/executor/checks/judgement.ts";

const good: Finding = { kind: "tcp", succeeded: true };
const bad: Finding = { kind: "tcp", succeeded: false };
const late: Finding = { kind: "none", why: "it took longer than 1 s" };
const unknown: Finding = { kind: "unknown", why: "the daemon is away" };

// Contract C.3, the column of health checks. Findings come a second apart; a grace of 3 s, and 2 failures kill.
const lives: readonly [title: string, findings: Finding[], told: string[]][] = [
  ["tells the first success", [good, good, good], ["healthy", "", ""]],
  ["tells every failure that counts", [good, bad, good, bad], ["healthy", "unhealthy", "healthy", "unhealthy"]],
  ["kills after failures in a row", [good, bad, bad], ["healthy", "unhealthy", "unhealthy, kill"]],
  [
    "does not add up failures with a success between them",
    [good, bad, good, bad, good],
    ["healthy", "unhealthy", "healthy", "unhealthy", "healthy"],
  ],
  ["ignores failures in the grace period", [bad, bad, bad, good], ["", "", "", "healthy"]],
  [
    "counts failures once the grace period is over",
    [bad, bad, bad, bad, bad],
    ["", "", "", "unhealthy", "unhealthy, kill"],
  ],
  ["has no grace after the first success", [good, bad, bad], ["healthy", "unhealthy", "unhealthy, kill"]],
  ["takes a time-out for a failure", [good, late, late], ["healthy", "unhealthy", "unhealthy, kill"]],
  [
    "does not count what says nothing of the container",
    [good, bad, unknown, good],
    ["healthy", "unhealthy", "", "healthy"],
  ],
];

for (const [title, findings, told] of lives) {
  test(`judgeHealth() ${title}`, () => {
    let state = unseenHealth;
    const words = findings.map((finding, index) => {
      const verdict = judgeHealth(state, finding, (index + 1) * 1000, { graceMs: 3000, consecutiveFailures: 2 });
      state = verdict.state;
      return `${verdict.tell ?? ""}${verdict.kill === "yes" ? ", kill" : ""}`;
    });
    assert.deepEqual(words, told);
  });
}

test("judgeHealth() forgives nothing without a grace period, not even in the moment of the start", () => {
  const verdict = judgeHealth(unseenHealth, bad, 0, { graceMs: 0, consecutiveFailures: 2 });
  assert.equal(verdict.tell, "unhealthy");
});

for (const [finding, healthy] of [
  [{ kind: "command", exitCode: 0 }, true],
  [{ kind: "command", exitCode: 1 }, false],
  [{ kind: "http", statusCode: 199 }, false],
  [{ kind: "http", statusCode: 200 }, true],
  [{ kind: "http", statusCode: 399 }, true],
  [{ kind: "http", statusCode: 400 }, false],
  [{ kind: "tcp", succeeded: true }, true],
  [{ kind: "tcp", succeeded: false }, false],
  [{ kind: "none", why: "" }, false],
] as const) {
  test(`isHealthy() takes ${JSON.stringify(finding)} for ${healthy ? "a success" : "a failure"}`, () => {
    assert.equal(isHealthy(finding), healthy);
  });
}

test("toResult() is empty for a probe that found nothing, and nothing for one that says nothing", () => {
  const probe = { kind: "http", scheme: "http", host: "127.0.0.1", port: 80, path: "" } as const;
  assert.deepEqual(toResult(probe, late), { kind: "http" });
  assert.deepEqual(toEmptyResult(probe), { kind: "http" });
  assert.equal(toResult(probe, unknown), undefined);
  assert.deepEqual(toResult(probe, { kind: "http", statusCode: 404 }), { kind: "http", statusCode: 404 });
});

test("isSameResult() compares what is told", () => {
  assert.equal(isSameResult({ kind: "command", exitCode: 1 }, { kind: "command", exitCode: 1 }), true);
  assert.equal(isSameResult({ kind: "command", exitCode: 1 }, { kind: "command", exitCode: 0 }), false);
  assert.equal(isSameResult({ kind: "command" }, { kind: "command", exitCode: 0 }), false);
  assert.equal(isSameResult({ kind: "tcp", succeeded: false }, { kind: "tcp" }), false);
});

test("describeFinding() says what was found", () => {
  const found = [{ kind: "command", exitCode: 3 }, { kind: "http", statusCode: 500 }, bad, good, late] as const;
  assert.deepEqual(found.map(describeFinding), [
    "the command exited with status 3",
    "the answer had status 500",
    "no connection was made",
    "a connection was made",
    "it took longer than 1 s",
  ]);
});
