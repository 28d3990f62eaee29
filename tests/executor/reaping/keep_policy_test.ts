import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ContainerEnd,
  findKeepMs,
  findKeptUntil,
  type KeepPolicy,
  mayBeKept,
  parseKeepPolicy,
  toKeepLabel,
} from "../../../src/executor/reaping/keep_policy.ts";

const minuteMs = 60_000;

const policies: readonly [text: string, policy: KeepPolicy][] = [
  ["never", { kind: "never" }],
  ["10mins", { kind: "always", forMs: 10 * minuteMs }],
  ["on-failure", { kind: "on failure", forMs: 24 * 60 * minuteMs }],
  ["on-failure:2hrs", { kind: "on failure", forMs: 120 * minuteMs }],
];

for (const [text, policy] of policies) {
  test(`parseKeepPolicy() reads ${text}, and the label that is written of it`, () => {
    assert.deepEqual(parseKeepPolicy(text), policy);
    assert.deepEqual(parseKeepPolicy(toKeepLabel(policy)["mesos-docker.keep"] ?? ""), policy);
  });
}

for (const text of ["", "always", "on-failure:", "on-failure:soon", "on-success", "10"]) {
  test(`parseKeepPolicy() refuses "${text}"`, () => {
    assert.throws(() => parseKeepPolicy(text), SyntaxError);
  });
}

for (const [text, end, forMs] of [
  ["never", "badly", undefined],
  ["1mins", "well", minuteMs],
  ["1mins", "on request", minuteMs],
  ["1mins", "badly", minuteMs],
  ["on-failure:1mins", "well", undefined],
  ["on-failure:1mins", "on request", undefined],
  ["on-failure:1mins", "badly", minuteMs],
] as const satisfies readonly [string, ContainerEnd, number | undefined][]) {
  test(`by "${text}" a container that has ended ${end} stays ${forMs ?? 0} ms`, () => {
    assert.equal(findKeepMs(parseKeepPolicy(text), end), forMs);
  });
}

const ended = { Status: "exited", ExitCode: 1, FinishedAt: "1970-01-01T00:01:00.5Z" };

for (const [title, label, state, until] of [
  ["that has failed", "on-failure:1mins", ended, 2 * minuteMs + 500],
  ["that has ended well, with all", "1mins", { ...ended, ExitCode: 0 }, 2 * minuteMs + 500],
  ["that has ended well", "on-failure:1mins", { ...ended, ExitCode: 0 }, undefined],
  ["that is half removed", "1mins", { ...ended, Status: "dead" }, 2 * minuteMs + 500],
  ["that runs", "1mins", { ...ended, Status: "running" }, undefined],
  ["that never ran", "1mins", { Status: "created", ExitCode: 0, FinishedAt: "0001-01-01T00:00:00Z" }, undefined],
  ["that failed to start", "1mins", { ...ended, FinishedAt: "0001-01-01T00:00:00Z" }, undefined],
  ["whose end cannot be read", "1mins", { ...ended, FinishedAt: "yesterday" }, undefined],
  ["whose label cannot be read", "surprise", ended, undefined],
  ["without label", undefined, ended, undefined],
] as const) {
  test(`findKeptUntil() of a container ${title}`, () => {
    assert.equal(findKeptUntil(label === undefined ? {} : { "mesos-docker.keep": label }, state), until);
  });
}

test("mayBeKept() asks only for containers whose label wants something", () => {
  const kept = (label?: string) => mayBeKept(label === undefined ? {} : { "mesos-docker.keep": label });
  assert.deepEqual([kept("1mins"), kept("on-failure"), kept("never"), kept()], [true, true, false, false]);
});
