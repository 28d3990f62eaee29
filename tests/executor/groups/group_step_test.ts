import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ExecutorInput,
  type ExecutorState,
  initialState,
  isIdle,
  type Resolution,
  stepExecutor,
} from "../../../src/executor/executor_step.ts";
import type { EngineFault } from "../../../src/executor/task/report.ts";
import type { TaskSpec } from "../../../src/executor/task/task_spec.ts";
import type { ContainerExit, StopReason, TaskInput } from "../../../src/executor/task/task_state.ts";
import { everyInput, nameEffect } from "../step_words.ts";
import { createSpec } from "../task_specimen.ts";

const invalid: EngineFault = { code: "invalid", message: "Cannot use it" };
const exit: ContainerExit = { status: 0, cause: "exit", stderrTail: "" };

/** An executor that is told one thing after another, and does what its groups want as its loop does. */
class Conversation {
  state: ExecutorState = initialState;
  readonly words: string[] = [];
  readonly messages = new Map<string, string>();

  tell(input: ExecutorInput): this {
    const step = stepExecutor(this.state, input);
    this.state = step.state;
    for (const effect of step.effects) {
      this.words.push(`${effect.taskId} ${nameEffect(effect)}`);
      if (effect.kind === "report") this.messages.set(effect.taskId, effect.report.message ?? "");
      if (effect.kind === "stop") this.words.push(`${effect.graceMs} ms`);
    }
    for (const { kind, groupId } of step.groupEffects) {
      this.words.push(`${groupId} ${kind}`);
      if (kind === "end_group") this.end("group", groupId);
    }
    return this;
  }

  launch(groupId: string, members: Readonly<Record<string, Partial<TaskSpec> | EngineFault>>): this {
    const resolve = ([taskId, member]: [string, Partial<TaskSpec> | EngineFault]) => {
      const resolved: Resolution =
        "code" in member ? { kind: "fault", fault: member } : { kind: "spec", spec: createSpec({ taskId, ...member }) };
      return { taskId, resolved };
    };
    return this.tell({ kind: "launch_group", groupId, members: Object.entries(members).map(resolve) });
  }

  run(groupId: string, members: Readonly<Record<string, Partial<TaskSpec>>>): this {
    this.launch(groupId, members);
    for (const taskId of Object.keys(members)) {
      this.task(taskId, { kind: "prepared", containerId: `c-${taskId}` }, everyInput.started);
    }
    return this.forget();
  }

  task(taskId: string, ...inputs: TaskInput[]): this {
    for (const input of inputs) this.tell({ kind: "task", taskId, input });
    return this;
  }

  exit(taskId: string, status: number): this {
    return this.task(taskId, { kind: "exited", status }, { kind: "collected", exit: { ...exit, status } });
  }

  kill(taskId: string, graceMs?: number): this {
    return this.tell({ kind: "kill", taskId, graceMs, defaultGraceMs: 5000, now: 0 });
  }

  end(reason: StopReason, groupId = "a", why?: string): this {
    return this.tell({
      kind: "end_group",
      groupId,
      reason,
      ...(why === undefined ? {} : { why }),
      defaultGraceMs: 5000,
      now: 0,
    });
  }

  forget(): this {
    this.words.length = 0;
    return this;
  }
}

test("a group's tasks are told as starting, each in order, and prepared together", () => {
  const { words, state } = new Conversation().launch("a", { a: {}, b: {} });
  assert.deepEqual(words, ["a TASK_STARTING", "a prepare", "b TASK_STARTING", "b prepare"]);
  assert.equal(isIdle(state), false);
});

test("a task that finishes leaves the others of its group alone (case 68)", () => {
  const { words } = new Conversation().run("a", { a: {}, b: {} }).exit("a", 0);
  assert.deepEqual(words.slice(-2), ["a TASK_FINISHED", "a remove"]);
});

for (const [title, end] of [
  ["fails", (told: Conversation) => told.exit("a", 1)],
  ["is killed", (told: Conversation) => told.kill("a", 0).forget().exit("a", 137)],
] as const) {
  test(`when a task ${title}, the others of its group are stopped, each with its own grace`, () => {
    const told = new Conversation().run("a", { a: {}, b: { killGraceMs: 9000 }, c: {} }).run("d", { d: {} });
    end(told);
    const ended = told.words.slice(told.words.indexOf("a remove") + 1);
    assert.deepEqual(ended, ["a end_group", "b stop", "9000 ms", "c stop", "5000 ms"]);
    told.exit("b", 143);
    assert.equal(
      told.messages.get("b"),
      "Container exited with status 143 (SIGTERM), killed because another task of its group failed or was killed",
    );
  });
}

test("a task whose image cannot be had ends those that run and those that do not yet (case 69)", () => {
  const told = new Conversation().launch("a", { a: {}, b: {}, c: {} });
  told.task("a", { kind: "prepared", containerId: "c-a" }, everyInput.started).forget();
  told.task("b", everyInput.prepare_failed);
  assert.deepEqual(told.words, [
    "b TASK_FAILED",
    "a end_group",
    "a stop",
    "5000 ms",
    "c abort_prepare",
    "c limit_prepare",
  ]);
  told.task("c", everyInput.prepare_failed);
  const why = "Container not started, killed because another task of its group failed or was killed";
  assert.equal(told.messages.get("c"), why);
});

test("a task that is ending already goes on with the grace that it was given", () => {
  const told = new Conversation().run("a", { a: {}, b: {} }).kill("b", 60_000).forget().exit("a", 1);
  assert.deepEqual(told.words.slice(-1), ["a end_group"]);
});

test("a group is closed when its last task has ended, and the executor is idle when that is done", () => {
  const told = new Conversation().run("a", { a: {}, b: {} });
  told.exit("a", 0).task("a", everyInput.removed).exit("b", 0).forget().task("b", everyInput.removed);
  assert.deepEqual(told.words, ["a close_group"]);
  assert.equal(isIdle(told.state), false);
  told.forget().tell({ kind: "subscribed", frameworkInfo: { capabilities: [] } as never });
  assert.deepEqual(told.words, [], "it is closed once");
  assert.equal(isIdle(told.tell({ kind: "group_closed", groupId: "a" }).state), true);
});

test("a group in which one description is wrong has no container", () => {
  const told = new Conversation().launch("a", { a: {}, b: invalid, c: {} });
  assert.deepEqual(told.words, [
    ...["a TASK_STARTING", "a TASK_KILLED", "b TASK_STARTING", "b TASK_FAILED"],
    ...["c TASK_STARTING", "c TASK_KILLED"],
  ]);
  assert.equal(told.messages.get("b"), "Cannot use it");
  assert.equal(isIdle(told.state), true);
});

test("a task that was killed before its group came ends the group", () => {
  const told = new Conversation().kill("b").launch("a", { a: {}, b: {} });
  assert.deepEqual(told.words, ["a TASK_STARTING", "a TASK_KILLED", "b TASK_KILLED"]);
  assert.equal(told.messages.get("b"), "Container not started, killed on request");
});

test("a group that comes when the executor ends is not launched", () => {
  const told = new Conversation().tell({ kind: "end", reason: "shutdown", graceMs: 0, now: 0 });
  told.launch("a", { a: {}, b: invalid });
  assert.deepEqual(told.words, ["a TASK_KILLED", "b TASK_KILLED"]);
});

test("a group that comes again is not launched again", () => {
  const told = new Conversation().run("a", { a: {}, b: {} }).launch("a", { a: {}, b: {} });
  assert.deepEqual(told.words, []);
});

test("tasks that have lost what they share end as failed, and say why", () => {
  const told = new Conversation().run("a", { a: {}, b: {} }).end("group_lost", "a", "Container exited with status 137");
  assert.deepEqual(told.words, ["a stop", "5000 ms", "b stop", "5000 ms"]);
  told.exit("a", 143);
  assert.equal(
    told.messages.get("a"),
    "Container exited with status 143 (SIGTERM), killed because the container that held its group's network ended: " +
      "Container exited with status 137",
  );
  assert.ok(told.words.includes("a TASK_FAILED"));
});

test("SHUTDOWN ends a group as it ends single tasks", () => {
  const told = new Conversation().run("a", { a: {}, b: {} });
  told.tell({ kind: "end", reason: "shutdown", graceMs: 3000, now: 0 });
  assert.deepEqual(told.words, ["a stop", "3000 ms", "b stop", "3000 ms"]);
  told.forget().exit("a", 143);
  assert.deepEqual(told.words.slice(-1), ["a end_group"], "and asks nothing more of the other one");
});
