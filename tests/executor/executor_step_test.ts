import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { FrameworkInfoSchema } from "../../proto/slim/mesos/v1/mesos_pb.ts";
import {
  type ExecutorEffect,
  type ExecutorInput,
  type ExecutorState,
  initialState,
  isIdle,
  stepExecutor,
  wasUsed,
} from "../../src/executor/executor_step.ts";
import type { TaskSpec } from "../../src/executor/task/task_spec.ts";
import type { TaskInput } from "../../src/executor/task/task_state.ts";
import { FrameworkInfo_Capability_Type } from "../../src/mesos/protocol.ts";
import { everyInput, nameEffect } from "./step_words.ts";
import { createSpec } from "./task_specimen.ts";

const defaultGraceMs = 5000;

/** An executor that is told one thing after another. */
class Conversation {
  state: ExecutorState = initialState;
  effects: readonly ExecutorEffect[] = [];

  tell(input: ExecutorInput): this {
    const step = stepExecutor(this.state, input);
    this.state = step.state;
    this.effects = step.effects;
    return this;
  }

  subscribed(...capabilities: FrameworkInfo_Capability_Type[]): this {
    const frameworkInfo = create(FrameworkInfoSchema, { capabilities: capabilities.map((type) => ({ type })) });
    return this.tell({ kind: "subscribed", frameworkInfo });
  }

  launch(taskId: string, overrides: Partial<TaskSpec> = {}): this {
    return this.tell({
      kind: "launch",
      taskId,
      resolved: { kind: "spec", spec: createSpec({ taskId, ...overrides }) },
    });
  }

  refuse(taskId: string): this {
    const fault = { code: "unsupported", message: "Cannot honour TaskInfo fields: check" } as const;
    return this.tell({ kind: "launch", taskId, resolved: { kind: "fault", fault } });
  }

  kill(taskId: string, graceMs: number | undefined = undefined, now = 0): this {
    return this.tell({ kind: "kill", taskId, graceMs, defaultGraceMs, now });
  }

  end(reason: "shutdown" | "agent_lost" = "shutdown", graceMs = 3000, now = 0): this {
    return this.tell({ kind: "end", reason, graceMs, now });
  }

  task(taskId: string, input: TaskInput): this {
    return this.tell({ kind: "task", taskId, input });
  }

  /** Launches a task and brings it to where it runs. */
  run(taskId: string, overrides: Partial<TaskSpec> = {}): this {
    return this.launch(taskId, overrides)
      .task(taskId, { kind: "prepared", containerId: `c-${taskId}` })
      .task(taskId, everyInput.started);
  }

  get words(): string[] {
    return this.effects.map((effect) => `${effect.taskId} ${nameEffect(effect)}`);
  }
}

const killing = FrameworkInfo_Capability_Type.TASK_KILLING_STATE;

test("stepExecutor() reports TASK_KILLING to a framework that knows it", () => {
  assert.deepEqual(new Conversation().subscribed(killing).run("t1").kill("t1").words, ["t1 TASK_KILLING", "t1 stop"]);
});

test("stepExecutor() reports no TASK_KILLING to any other framework", () => {
  const other = FrameworkInfo_Capability_Type.PARTITION_AWARE;
  assert.deepEqual(new Conversation().subscribed(other).run("t1").kill("t1").words, ["t1 stop"]);
});

test("stepExecutor() believes the latest SUBSCRIBED about the framework", () => {
  const conversation = new Conversation().subscribed().run("t1").subscribed(killing);
  assert.deepEqual(conversation.kill("t1").words, ["t1 TASK_KILLING", "t1 stop"]);
});

test("stepExecutor() reports TASK_KILLING once, however often a task is killed", () => {
  const conversation = new Conversation().subscribed(killing).run("t1").kill("t1", 60_000, 0);
  assert.deepEqual(conversation.kill("t1", 1000, 1000).words, ["t1 stop"]);
  assert.deepEqual(conversation.kill("t1", 1000, 1000).words, []);
});

test("stepExecutor() runs several tasks at once, each on its own", () => {
  const conversation = new Conversation().subscribed().run("t1").run("t2").launch("t3");
  assert.deepEqual(conversation.words, ["t3 TASK_STARTING", "t3 prepare"]);
  assert.deepEqual(conversation.task("t2", { kind: "exited", status: 0 }).words, ["t2 collect"]);
  const phases = [...conversation.state.tasks].map(([taskId, { phase }]) => [taskId, phase.kind]);
  assert.deepEqual(phases, [
    ["t1", "running"],
    ["t2", "collecting"],
    ["t3", "preparing"],
  ]);
  assert.equal(isIdle(conversation.state), false);
});

test("stepExecutor() ignores a repeated LAUNCH of a task that it runs (case 61)", () => {
  const conversation = new Conversation().subscribed().run("t1");
  const before = conversation.state;
  assert.deepEqual(conversation.launch("t1").words, []);
  assert.equal(conversation.state, before);
});

test("stepExecutor() ignores a repeated LAUNCH of a task that has ended, or was refused", () => {
  const conversation = new Conversation().subscribed().launch("t1").task("t1", everyInput.prepare_failed);
  assert.deepEqual(conversation.launch("t1").words, []);
  conversation.refuse("t2");
  assert.deepEqual(conversation.refuse("t2").words, []);
  assert.deepEqual(conversation.launch("t2").words, []);
});

test("stepExecutor() answers a task that it cannot run, without an effect on the daemon", () => {
  const conversation = new Conversation().subscribed().refuse("t1");
  assert.deepEqual(conversation.words, ["t1 TASK_STARTING", "t1 TASK_ERROR"]);
  assert.equal(wasUsed(conversation.state), true);
  assert.equal(isIdle(conversation.state), true);
});

test("stepExecutor() does nothing for KILL of a task that it refused", () => {
  assert.deepEqual(new Conversation().subscribed(killing).refuse("t1").kill("t1").words, []);
});

test("stepExecutor() does nothing for KILL of an unknown task (case 44)", () => {
  const conversation = new Conversation().subscribed(killing).run("t1");
  assert.deepEqual(conversation.kill("other").words, []);
  assert.equal(conversation.state.tasks.get("t1")?.phase.kind, "running");
});

test("stepExecutor() does nothing for KILL of a task that has ended", () => {
  const conversation = new Conversation().subscribed(killing).launch("t1").task("t1", everyInput.prepare_failed);
  assert.deepEqual(conversation.kill("t1").words, []);
});

test("stepExecutor() answers TASK_KILLED to the LAUNCH of a task that was killed before (case 45)", () => {
  const conversation = new Conversation().subscribed(killing).kill("t1");
  assert.equal(wasUsed(conversation.state), false, "the executor stays alive");
  assert.deepEqual(conversation.launch("t1").words, ["t1 TASK_KILLED"]);
  assert.deepEqual(conversation.launch("t1").words, []);
  assert.deepEqual(conversation.launch("t2").words, ["t2 TASK_STARTING", "t2 prepare"]);
});

test("stepExecutor() ignores what comes of a task that it does not know", () => {
  const conversation = new Conversation().subscribed();
  const before = conversation.state;
  assert.deepEqual(conversation.task("t1", everyInput.exited).words, []);
  assert.equal(conversation.state, before);
});

for (const { title, killGraceMs, graceMs, expected } of [
  { title: "the executor's grace when nobody says one (case 40)", expected: 5000 },
  { title: "the task's grace over the executor's", killGraceMs: 10_000, expected: 10_000 },
  { title: "KILL's grace over the task's (case 41)", killGraceMs: 10_000, graceMs: 2000, expected: 2000 },
  { title: "no grace at all when KILL says so", killGraceMs: 10_000, graceMs: 0, expected: 0 },
  { title: "no grace at all when the task says so", killGraceMs: 0, expected: 0 },
]) {
  test(`stepExecutor() takes ${title}`, () => {
    const conversation = new Conversation().subscribed().run("t1", killGraceMs === undefined ? {} : { killGraceMs });
    conversation.kill("t1", graceMs);
    assert.deepEqual(conversation.effects, [
      { taskId: "t1", kind: "stop", containerId: "c-t1", graceMs: expected, delayMs: 0 },
    ]);
  });
}

test("stepExecutor() lets a later KILL shorten the grace only (case 42)", () => {
  const conversation = new Conversation().subscribed(killing).run("t1").kill("t1", 60_000, 0);
  assert.deepEqual(conversation.kill("t1", 59_000, 1000).words, [], "60 s after the first: no change");
  assert.deepEqual(conversation.kill("t1", 120_000, 1000).words, [], "longer");
  assert.deepEqual(conversation.kill("t1", 1000, 1000).effects, [
    { taskId: "t1", kind: "stop", containerId: "c-t1", graceMs: 1000, delayMs: 0 },
  ]);
});

test("stepExecutor() stops every task at the end, each with its first reason", () => {
  const conversation = new Conversation().subscribed(killing).run("t1").run("t2").launch("t3").kill("t1", 2000, 0);
  assert.deepEqual(conversation.end("shutdown", 3000, 0).words, [
    "t2 TASK_KILLING",
    "t2 stop",
    "t3 TASK_KILLING",
    "t3 abort_prepare",
    "t3 limit_prepare",
  ]);
  const reasons = [...conversation.state.tasks.values()].map(({ stop }) => stop?.reason);
  assert.deepEqual(reasons, ["kill", "shutdown", "shutdown"]);
});

test("stepExecutor() shortens the grace at a second, immediate end (case 49)", () => {
  const conversation = new Conversation().subscribed(killing).run("t1").end("shutdown", 3000, 0);
  assert.deepEqual(conversation.end("shutdown", 0, 500).effects, [
    { taskId: "t1", kind: "stop", containerId: "c-t1", graceMs: 0, delayMs: 0 },
  ]);
});

test("stepExecutor() keeps the first reason to end", () => {
  const conversation = new Conversation().subscribed().end("agent_lost").end("shutdown");
  assert.equal(conversation.state.ending, "agent_lost");
  assert.equal(isIdle(conversation.state), true);
  assert.equal(wasUsed(conversation.state), false);
});

for (const launch of ["launch", "refuse"] as const) {
  test(`stepExecutor() starts nothing after the end: ${launch}`, () => {
    const conversation = new Conversation().subscribed(killing).end();
    assert.deepEqual(conversation[launch]("t1").words, ["t1 TASK_KILLED"]);
    assert.equal(isIdle(conversation.state), true);
  });
}

test("stepExecutor() never changes a state that it was given", () => {
  const conversation = new Conversation().subscribed(killing).run("t1");
  const { state } = conversation;
  const copy = { ...state, tasks: new Map(state.tasks), closed: new Set(state.closed) };
  conversation.launch("t2").refuse("t3").kill("t4").kill("t1").end();
  assert.deepEqual({ ...state }, copy);
});
