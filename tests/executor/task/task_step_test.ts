import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerEnd } from "../../../src/executor/reaping/keep_policy.ts";
import type { Stop, TaskInput, TaskPhase, TaskState } from "../../../src/executor/task/task_state.ts";
import { launchTask, stepTask, type TaskEffect } from "../../../src/executor/task/task_step.ts";
import { TaskState as MesosState } from "../../../src/mesos/protocol.ts";
import { everyInput, isTerminal, nameEffect, stateOf } from "../step_words.ts";
import { createSpec } from "../task_specimen.ts";

const stop: Stop = { reason: "shutdown", graceMs: 10_000, deadline: 20_000 };
const containerId = "c1";

/** Every phase, with and without a wish to end it. */
const situations: Readonly<Record<string, Partial<TaskState> & { phase: TaskPhase }>> = {
  preparing: { phase: { kind: "preparing" } },
  "preparing, to be stopped": { phase: { kind: "preparing" }, stop },
  abandoned: { phase: { kind: "abandoned" }, stop },
  starting: { phase: { kind: "starting", containerId } },
  "starting, to be stopped": { phase: { kind: "starting", containerId }, stop },
  "starting, exited": { phase: { kind: "starting", containerId, exit: { status: 3 } } },
  "starting, exited, to be stopped": { phase: { kind: "starting", containerId, exit: { status: 3 } }, stop },
  running: { phase: { kind: "running", containerId }, told: { state: MesosState.TASK_RUNNING } },
  stopping: { phase: { kind: "stopping", containerId }, stop },
  collecting: { phase: { kind: "collecting", containerId } },
  "collecting, to be stopped": { phase: { kind: "collecting", containerId }, stop },
  removing: { phase: { kind: "removing" } },
  ended: { phase: { kind: "ended" } },
};

/** Next phase and effects; an input that is not named changes nothing. */
const table: Readonly<Record<string, Partial<Record<TaskInput["kind"], string>>>> = {
  preparing: {
    prepared: "starting: start",
    prepare_failed: "ended: TASK_FAILED",
    stop: "preparing: TASK_KILLING abort_prepare limit_prepare",
  },
  "preparing, to be stopped": {
    prepared: "removing: TASK_KILLED remove",
    prepare_failed: "ended: TASK_KILLED",
    prepare_late: "abandoned: TASK_KILLED",
    stop: "preparing:",
  },
  abandoned: { prepared: "removing: remove", prepare_failed: "ended:" },
  starting: {
    started: "running: TASK_RUNNING",
    start_failed: "removing: TASK_FAILED remove",
    exited: "starting:",
    vanished: "removing: TASK_FAILED remove",
    stop: "starting: TASK_KILLING limit_start",
  },
  "starting, to be stopped": {
    started: "stopping: stop",
    start_failed: "removing: TASK_KILLED remove",
    exited: "starting:",
    vanished: "removing: TASK_KILLED remove",
    stop: "starting: limit_start",
  },
  "starting, exited": {
    started: "collecting: TASK_RUNNING collect",
    start_failed: "collecting: collect",
    exited: "starting:",
    vanished: "removing: TASK_FAILED remove",
    stop: "starting: TASK_KILLING limit_start",
  },
  "starting, exited, to be stopped": {
    started: "collecting: collect",
    start_failed: "collecting: collect",
    exited: "starting:",
    vanished: "removing: TASK_KILLED remove",
    stop: "starting: limit_start",
  },
  running: {
    exited: "collecting: collect",
    vanished: "removing: TASK_FAILED remove",
    checked: "running: TASK_RUNNING",
    judged: "running: TASK_RUNNING",
    stop: "stopping: TASK_KILLING stop",
  },
  stopping: {
    exited: "collecting: collect",
    vanished: "removing: TASK_KILLED remove",
    stop_failed: "stopping: stop",
    stop: "stopping: stop",
  },
  collecting: { collected: "removing: TASK_FAILED remove" },
  "collecting, to be stopped": { collected: "removing: TASK_KILLED remove" },
  removing: { removed: "ended:" },
  ended: {},
};

const inputs = Object.values(everyInput);

function describe(state: TaskState, effects: readonly TaskEffect[]): string {
  return `${state.phase.kind}: ${effects.map(nameEffect).join(" ")}`.trim();
}

for (const [name, situation] of Object.entries(situations)) {
  for (const input of inputs) {
    const expected = table[name]?.[input.kind];
    test(`stepTask() answers ${input.kind} when ${name} by ${expected ?? "nothing"}`, () => {
      const state: TaskState = { spec: createSpec(), ...situation };
      const step = stepTask(state, input);
      if (expected === undefined) {
        assert.deepEqual(step, { state, effects: [] });
      } else {
        assert.equal(describe(step.state, step.effects), expected);
      }
    });
  }
}

test("stepTask() knows every phase of the table and no other", () => {
  assert.deepEqual(Object.keys(table), Object.keys(situations));
});

for (const [title, status, wish, end] of [
  ["has ended well", 0, undefined, "well"],
  ["has failed", 3, undefined, "badly"],
  ["was killed", 143, { reason: "kill", graceMs: 0, deadline: 0 }, "on request"],
  ["was beyond its limit", 137, { reason: "disk_limit", graceMs: 0, deadline: 0 }, "badly"],
] as const satisfies readonly (readonly [string, number, Stop | undefined, ContainerEnd])[]) {
  test(`stepTask() tells whoever removes a container that it ${title}`, () => {
    const exit = { status, cause: "exit", stderrTail: "" } as const;
    const { effects } = stepTask(createState({ kind: "collecting", containerId }, wish), { kind: "collected", exit });
    assert.deepEqual(effects.at(-1), { kind: "remove", containerId, end });
  });
}

test("stepTask() tells no end of a container that was lost", () => {
  const { effects } = stepTask(createState({ kind: "running", containerId }), everyInput.vanished);
  assert.deepEqual(effects.at(-1), { kind: "remove", containerId });
});

test("launchTask() reports TASK_STARTING before it asks for anything", () => {
  const { state, effects } = launchTask(createSpec());
  assert.deepEqual(effects.map(nameEffect), ["TASK_STARTING", "prepare"]);
  assert.equal(state.phase.kind, "preparing");
});

function createState(phase: TaskPhase, wish?: Stop): TaskState {
  return { spec: createSpec(), phase, ...(wish ? { stop: wish } : {}) };
}

const killAt = (deadline: number, graceMs = 1000): TaskInput => ({
  kind: "stop",
  stop: { reason: "kill", graceMs, deadline },
});

test("stepTask() shortens a grace that runs, and keeps the first reason", () => {
  const { state, effects } = stepTask(createState({ kind: "stopping", containerId }, stop), killAt(19_999));
  assert.deepEqual(effects, [{ kind: "stop", containerId, graceMs: 1000, delayMs: 0 }]);
  assert.deepEqual(state.stop, { reason: "shutdown", graceMs: 1000, deadline: 19_999 });
});

for (const deadline of [20_000, 20_001]) {
  test(`stepTask() does not extend a grace that ends at 20000 to ${deadline}`, () => {
    const state = createState({ kind: "stopping", containerId }, stop);
    assert.deepEqual(stepTask(state, killAt(deadline)), { state, effects: [] });
  });
}

test("stepTask() waits for a start no longer than for the container, and never less than a start takes", () => {
  const starting = createState({ kind: "starting", containerId });
  assert.deepEqual(stepTask(starting, killAt(20_000, 10_000)).effects.at(-1), { kind: "limit_start", afterMs: 10_000 });
  assert.deepEqual(stepTask(starting, killAt(0, 0)).effects.at(-1), { kind: "limit_start", afterMs: 2000 });
});

test("stepTask() shortens the grace of a task that is still being started", () => {
  const { state, effects } = stepTask(createState({ kind: "starting", containerId }, stop), killAt(11_000));
  assert.deepEqual(effects, [{ kind: "limit_start", afterMs: 2000 }]);
  const started = stepTask(state, everyInput.started);
  assert.deepEqual(started.effects, [{ kind: "stop", containerId, graceMs: 1000, delayMs: 0 }]);
});

test("stepTask() does not extend the grace of a task that is still being started", () => {
  const state = createState({ kind: "starting", containerId }, stop);
  assert.deepEqual(stepTask(state, killAt(20_000)), { state, effects: [] });
});

test("stepTask() repeats a failed stop without grace, after a pause", () => {
  const { effects } = stepTask(createState({ kind: "stopping", containerId }, stop), { kind: "stop_failed" });
  assert.deepEqual(effects, [{ kind: "stop", containerId, graceMs: 0, delayMs: 1000 }]);
});

test("stepTask() hands the exit status on when the end overtakes the news of the start", () => {
  const exited = stepTask(createState({ kind: "starting", containerId }), { kind: "exited", status: 7 });
  const { effects } = stepTask(exited.state, everyInput.started);
  assert.deepEqual(effects.at(-1), { kind: "collect", containerId, status: 7 });
});

const tcpProbe = { kind: "tcp", host: "127.0.0.1", port: 80 } as const;
const everyChecks = { check: { probe: tcpProbe, delayMs: 0, intervalMs: 1 } };

test("stepTask() begins checks when the container runs, and ends them with whatever comes then", () => {
  const starting: TaskState = { spec: createSpec({ checks: everyChecks }), phase: { kind: "starting", containerId } };
  const running = stepTask(starting, everyInput.started);
  assert.deepEqual(running.effects.map(nameEffect), ["TASK_RUNNING", "begin_checks"]);
  for (const input of [everyInput.exited, everyInput.vanished, everyInput.stop]) {
    assert.equal(nameEffect(stepTask(running.state, input).effects[0]!), "end_checks");
  }
});

test("stepTask() repeats in every status what was found last, an empty result at first", () => {
  const launched = launchTask(createSpec({ checks: everyChecks }));
  const starting: TaskState = { ...launched.state, phase: { kind: "starting", containerId } };
  const running = stepTask(starting, everyInput.started);
  const checked = stepTask(running.state, { kind: "checked", result: { kind: "tcp", succeeded: true } });
  const judged = stepTask(checked.state, { kind: "judged", verdict: "healthy", why: "" });
  const [healthy] = judged.effects;
  assert.ok(healthy?.kind === "report" && healthy.report.containerStatus && !healthy.report.data, "but the inspection");
  const stopped = stepTask(judged.state, everyInput.stop);
  const found = [launched, running, checked, judged, stopped].map(({ effects }) =>
    effects.flatMap((effect) => (effect.kind === "report" ? [effect.report.checkStatus?.tcp] : [])),
  );
  assert.deepEqual(found, [[{}], [{}], [{ succeeded: true }], [{ succeeded: true }], [{ succeeded: true }]]);
});

test("stepTask() ends a task for its health as killed, and says that it was unhealthy", () => {
  const running = createState({ kind: "running", containerId });
  const stopped = stepTask(running, {
    kind: "stop",
    stop: { reason: "unhealthy", graceMs: 1, deadline: 1, why: "status 500" },
  });
  const collecting: TaskState = { ...stopped.state, phase: { kind: "collecting", containerId } };
  const [ended] = stepTask(collecting, everyInput.collected).effects;
  assert.ok(ended?.kind === "report");
  assert.equal(stateOf(ended.report), "TASK_KILLED");
  assert.equal(ended.report.healthy, false);
  assert.match(ended.report.message ?? "", /killed because its health check failed: status 500$/);
});

/**
 * All that can be seen of a task's past that decides what may still be said: the search below goes through every
 * combination of it with every state, for inputs in any order at all, sensible or not.
 */
interface Past {
  state: TaskState;
  terminal: "no" | "yes";
  stoppedInPreparing: "no" | "yes";
}

function describePast({ state, terminal, stoppedInPreparing }: Past): string {
  const { phase, stop: wish } = state;
  const exit = "exit" in phase ? "exited" : "";
  return [phase.kind, exit, wish?.graceMs, terminal, stoppedInPreparing].join();
}

test("stepTask() reports one terminal status at most, and nothing after it, whatever comes in whatever order", () => {
  const short = killAt(1);
  const first: Past = { state: launchTask(createSpec()).state, terminal: "no", stoppedInPreparing: "no" };
  const seen = new Map([[describePast(first), first]]);
  for (const past of seen.values()) {
    for (const input of [...inputs, short]) {
      const next = follow(past, input);
      if (!seen.has(describePast(next))) seen.set(describePast(next), next);
    }
  }
  const phases = new Set([...seen.values()].map(({ state }) => state.phase.kind));
  assert.equal(phases.size, 8, "every phase is reached");
});

/** One step, with all that must hold at any time. */
function follow(past: Past, input: TaskInput): Past {
  const { state, effects } = stepTask(past.state, input);
  const context = `${describePast(past)} + ${input.kind}`;
  if (past.state.phase.kind === "ended") assert.equal(state, past.state, context);
  let { terminal, stoppedInPreparing } = past;
  for (const effect of effects) {
    if (effect.kind === "start") assert.equal(stoppedInPreparing, "no", `${context}: starts what was stopped`);
    if (effect.kind !== "report") continue;
    assert.equal(terminal, "no", `${context}: ${stateOf(effect.report)} after the terminal status`);
    if (isTerminal(effect.report)) terminal = "yes";
  }
  const { kind } = state.phase;
  assert.equal(
    terminal === "yes",
    ["abandoned", "removing", "ended"].includes(kind),
    `${context}: terminal ${terminal} in ${kind}`,
  );
  if (past.state.phase.kind === "preparing" && input.kind === "stop") stoppedInPreparing = "yes";
  return { state, terminal, stoppedInPreparing };
}
