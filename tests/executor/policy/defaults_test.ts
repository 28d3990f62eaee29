import assert from "node:assert/strict";
import { test } from "node:test";
import { applyDefaults, toLogLimits } from "../../../src/executor/policy/admission.ts";
import { noPolicy } from "../../../src/executor/policy/policy.ts";
import type { LogLimits } from "../../../src/executor/task/task_spec.ts";
import { deniedBy, policyOf, requestOf, wantedOf } from "./policy_specimen.ts";

const limited = "pids_limit: { default: 100, max: 200 }";

const pids: [policy: string, asked: number | undefined, given: number | undefined][] = [
  ["disk: enforce", undefined, undefined],
  ["disk: enforce", -1, -1],
  [limited, undefined, 100],
  [limited, 50, 50],
  [limited, 200, 200],
  ["pids_limit: { max: 200 }", undefined, 200],
  ["pids_limit: { default: 100 }", undefined, 100],
  ["pids_limit: { default: 100 }", 5000, 5000],
  ["pids_limit: { default: 100 }", 0, 0],
];

for (const [line, asked, given] of pids) {
  test(`applyDefaults() gives ${given} processes to a task that asks for ${asked} by ${line}`, () => {
    const request = requestOf(asked === undefined ? {} : { PidsLimit: asked });
    assert.equal(applyDefaults(policyOf(line), request).body.HostConfig?.PidsLimit, given);
  });
}

const refused: [asked: number, what: string][] = [
  [201, 'a limit of 201 processes (rule "pids_limit.max: 200")'],
  [0, 'processes without limit (rule "pids_limit.max: 200")'],
  [-1, 'processes without limit (rule "pids_limit.max: 200")'],
];

for (const [asked, what] of refused) {
  test(`applyDefaults() and admit() deny ${asked} processes where 200 are the most`, () => {
    const message = `The policy /etc/policy.yaml denies this task: ${what}`;
    assert.throws(() => applyDefaults(policyOf(limited), requestOf({ PidsLimit: asked })), { code: "denied", message });
    assert.deepEqual(deniedBy(policyOf(limited), wantedOf({ PidsLimit: asked })), [what]);
  });
}

const swaps: [asked: { Memory?: number; MemorySwap?: number }, given: number | undefined][] = [
  [{}, undefined],
  [{ Memory: 64 }, 64],
  [{ Memory: 64, MemorySwap: 0 }, 64],
  [{ Memory: 64, MemorySwap: 64 }, 64],
];

for (const [asked, given] of swaps) {
  test(`applyDefaults() gives no swap where it is denied to ${JSON.stringify(asked)}`, () => {
    const { HostConfig } = applyDefaults(policyOf("swap: deny"), requestOf(asked)).body;
    assert.equal(HostConfig?.MemorySwap, given);
  });
}

for (const MemorySwap of [128, -1]) {
  test(`admit() denies swap of ${MemorySwap} where it is denied`, () => {
    assert.deepEqual(deniedBy(policyOf("swap: deny"), wantedOf({ Memory: 64, MemorySwap })), [
      'swap (rule "swap: deny")',
    ]);
  });
}

test("applyDefaults() adds labels, which the task cannot say otherwise and which leave the executor's own alone", () => {
  const labels = { team: "mine", app: "web", "mesos-docker.task": "t1" };
  const { body } = applyDefaults(policyOf("labels: { team: platform, site: a }"), requestOf({}, { Labels: labels }));
  assert.deepEqual(body.Labels, { team: "platform", site: "a", app: "web", "mesos-docker.task": "t1" });
});

test("applyDefaults() keeps setuid programs from giving root where root is denied", () => {
  const policy = policyOf("root_user: deny");
  assert.deepEqual(applyDefaults(policy, requestOf({ SecurityOpt: ["apparmor=x"] })).body.HostConfig?.SecurityOpt, [
    "apparmor=x",
    "no-new-privileges",
  ]);
  const said = requestOf({ SecurityOpt: ["no-new-privileges=true"] });
  assert.deepEqual(applyDefaults(policy, said).body.HostConfig?.SecurityOpt, ["no-new-privileges=true"]);
});

test("applyDefaults() changes nothing without a policy", () => {
  const request = requestOf({ Memory: 5, PidsLimit: -1 }, { Labels: { a: "b" } });
  assert.deepEqual(applyDefaults(noPolicy, request), request);
});

const capped = "logs: { max_size: 10m, max_files: 5 }";
const mebibytes = 1024 * 1024;

const limits: [policy: string, asked: LogLimits, given: LogLimits][] = [
  ["disk: enforce", {}, {}],
  ["disk: enforce", { maxBytes: 7, maxFiles: 2 }, { maxBytes: 7, maxFiles: 2 }],
  [capped, {}, { maxBytes: 10 * mebibytes, maxFiles: 5 }],
  [capped, { maxBytes: mebibytes }, { maxBytes: mebibytes, maxFiles: 5 }],
  [capped, { maxBytes: 11 * mebibytes, maxFiles: 9 }, { maxBytes: 10 * mebibytes, maxFiles: 5 }],
  ["logs: { max_files: 3 }", { maxBytes: 9, maxFiles: 4 }, { maxBytes: 9, maxFiles: 3 }],
];

for (const [line, asked, given] of limits) {
  test(`toLogLimits() gives ${JSON.stringify(given)} for ${JSON.stringify(asked)} by ${line}`, () => {
    assert.deepEqual(toLogLimits(policyOf(line), asked), given);
  });
}
