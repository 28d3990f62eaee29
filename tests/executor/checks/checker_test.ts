import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckPlan, CheckResult } from "../../../src/executor/checks/check_plan.ts";
import {
  type CheckerEffect,
  type CheckerInput,
  type CheckerState,
  createChecker,
  stepChecker,
} from "../../../src/executor/checks/checker.ts";
import { checkOf, commandTarget, healthOf } from "./check_specimen.ts";

const ok: CheckResult = { kind: "exited", status: 0 };
const bad: CheckResult = { kind: "exited", status: 1 };

/** Gives the inputs in order; the effects are those of the last. */
function after(plan: CheckPlan, ...inputs: CheckerInput[]): { state: CheckerState; effects: readonly CheckerEffect[] } {
  let step: ReturnType<typeof stepChecker> = { state: createChecker(plan), effects: [] };
  for (const input of inputs) step = stepChecker(step.state, input);
  return step;
}

const begin: CheckerInput = { kind: "begin", now: 0 };
const due: CheckerInput = { kind: "due" };
const pause: CheckerInput = { kind: "pause" };
const resume: CheckerInput = { kind: "resume" };
const end: CheckerInput = { kind: "end" };
const result = (run: number, found = ok): CheckerInput => ({ kind: "result", run, result: found, now: 0 });
const plan = healthOf(commandTarget);

const giveUp: CheckerEffect = { kind: "give_up" };
const waitFor = (delayMs: number): CheckerEffect => ({ kind: "wait", delayMs });

const table: [title: string, inputs: CheckerInput[], effects: CheckerEffect[]][] = [
  ["waits for its delay when the task runs", [begin], [waitFor(100)]],
  ["begins only once", [begin, begin], []],
  ["runs when the delay is over", [begin, due], [{ kind: "run", run: 1 }]],
  ["does not run before its task does", [due], []],
  ["does not run twice at once", [begin, due, due], []],
  ["runs again after the interval", [begin, due, result(1), due], [{ kind: "run", run: 2 }]],
  ["does not heed a result of a run before the present one", [begin, due, result(1), due, result(1, bad)], []],
  ["does not heed a result without a run", [begin, result(0, bad)], []],
  ["gives its wait up when it is paused", [begin, pause], [giveUp]],
  ["gives its run up when it is paused", [begin, due, pause], [giveUp]],
  ["is paused once", [begin, pause, pause], []],
  ["is not paused before it begins", [pause], []],
  ["does not run while it is paused", [begin, pause, due], []],
  ["throws away what it finds while it is paused", [begin, due, pause, result(1, bad)], []],
  ["runs at once when it is resumed", [begin, pause, resume], [waitFor(0)]],
  ["throws away what comes of a run of before the pause", [begin, due, pause, resume, due, result(1, bad)], []],
  ["is not resumed when it was not paused", [begin, resume], []],
  ["is not resumed before it begins", [resume], []],
  ["gives its wait up when the task ends", [begin, end], [giveUp]],
  ["gives its run up when the task ends", [begin, due, end], [giveUp]],
  ["has nothing to give up when it ends paused", [begin, pause, end], []],
  ["tells nothing after the end", [begin, due, end, result(1, bad)], []],
  ["is not resumed after the end", [begin, pause, end, resume], []],
  ["does not begin after the end", [end, begin], []],
];

for (const [title, inputs, effects] of table) {
  test(`a check ${title}`, () => {
    assert.deepEqual(after(plan, ...inputs).effects, effects);
  });
}

test("a check counts its interval from the end of a run, after it has told what it found", () => {
  const news = { kind: "health", healthy: "yes", verdict: "none", why: "" } as const;
  assert.deepEqual(after(plan, begin, due, result(1)).effects, [{ kind: "tell", news }, waitFor(1000)]);
});

test("a check keeps its counters over a pause", () => {
  const { effects } = after(
    healthOf(commandTarget, { consecutiveFailures: 2 }),
    ...[begin, due, result(1, bad), pause, resume, due, result(2, bad)],
  );
  const why = "the command exited with status 1";
  assert.deepEqual(effects[0], { kind: "tell", news: { kind: "health", healthy: "no", verdict: "kill", why } });
});

test("a check goes on after a failure that lets the task be killed: somebody else ends it", () => {
  const { state } = after(healthOf(commandTarget, { consecutiveFailures: 1 }), begin, due, result(1, bad));
  assert.equal(state.phase, "waiting");
});

test("a check by CheckInfo has the same rhythm", () => {
  const news = { kind: "check", finding: { kind: "command", exitCode: 1 } } as const;
  const { effects } = after(checkOf(commandTarget), begin, due, result(1, bad));
  assert.deepEqual(effects, [{ kind: "tell", news }, waitFor(1000)]);
});
