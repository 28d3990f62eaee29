import type { StatusReport } from "../mesos/executor_connection.ts";
import { type FrameworkInfo, FrameworkInfo_Capability_Type } from "../mesos/protocol.ts";
import { followGroups, type GroupEffect, type Groups } from "./groups/group_step.ts";
import { type EngineFault, isKilling, reportFault, reportKilledBeforeStart, reportStarting } from "./task/report.ts";
import type { TaskSpec } from "./task/task_spec.ts";
import type { Stop, StopReason, TaskInput, TaskState } from "./task/task_state.ts";
import { launchTask, stepTask, type TaskEffect, type TaskStep } from "./task/task_step.ts";

/** An executor and its tasks. */
export interface ExecutorState {
  readonly capabilities: { readonly taskKilling: "supported" | "unsupported" };
  /** Tasks that have not ended. */
  readonly tasks: ReadonlyMap<string, TaskState>;
  /** Ids of tasks that have ended, or were answered without ever having a container: they are never run again. */
  readonly closed: ReadonlySet<string>;
  /** Ids that were killed before their LAUNCH came (contract A.12). */
  readonly killedEarly: ReadonlySet<string>;
  /** Set once everything is to end. */
  readonly ending?: StopReason;
  /** Groups of which something is left. */
  readonly groups: Groups;
}

/** A task's description as it was read, or what is wrong with it. */
export type Resolution = { kind: "spec"; spec: TaskSpec } | { kind: "fault"; fault: EngineFault };

/** What happens to an executor. A task's description arrives already read, or with what is wrong with it. */
export type ExecutorInput =
  | { kind: "subscribed"; frameworkInfo: FrameworkInfo }
  | { kind: "launch"; taskId: string; resolved: Resolution }
  | { kind: "launch_group"; groupId: string; members: readonly { taskId: string; resolved: Resolution }[] }
  /** `graceMs` of KILL itself, of the task, or of the executor: the first that is set counts (contract B.7). */
  | { kind: "kill"; taskId: string; graceMs: number | undefined; defaultGraceMs: number; now: number }
  /** SHUTDOWN, a signal, or the loss of the agent: every task ends, and then the executor. */
  | { kind: "end"; reason: StopReason; graceMs: number; now: number }
  | { kind: "task"; taskId: string; input: TaskInput }
  /** Every task of a group ends, by its own grace or the executor's; `why` goes into its report. */
  | { kind: "end_group"; groupId: string; reason: StopReason; why?: string; defaultGraceMs: number; now: number }
  | { kind: "group_closed"; groupId: string };

/** A task's effect with the task that it is for. */
export type ExecutorEffect = { taskId: string } & TaskEffect;

/** What came of an input before the groups have heard of it. */
type PlainStep = Omit<ExecutorStep, "groupEffects">;

/** A state and what is to be done. */
export interface ExecutorStep {
  state: ExecutorState;
  effects: readonly ExecutorEffect[];
  /** To be done after the others. */
  groupEffects: readonly GroupEffect[];
}

/** An executor that has not heard anything yet. */
export const initialState: ExecutorState = {
  capabilities: { taskKilling: "unsupported" },
  tasks: new Map(),
  closed: new Set(),
  killedEarly: new Set(),
  groups: new Map(),
};

/** Whether any task was ever given to the executor. */
export function wasUsed(state: ExecutorState): boolean {
  return state.tasks.size + state.closed.size > 0;
}

/** Whether a task was killed that has not come. */
export function wasKilledEarly(state: ExecutorState): boolean {
  return state.killedEarly.size > 0;
}

/** Whether nothing is left that exists of a task's, or of a group's, container or work. */
export function isIdle(state: ExecutorState): boolean {
  return state.tasks.size === 0 && state.groups.size === 0;
}

/** What an input does to the executor. Pure. */
export function stepExecutor(state: ExecutorState, input: ExecutorInput): ExecutorStep {
  const step = stepTasks(state, input);
  if (step.state.groups.size === 0) return { ...step, groupEffects: [] };
  const { groups, effects: groupEffects } = followGroups(step.state.groups, step.state.tasks, step.effects);
  return { state: { ...step.state, groups }, effects: step.effects, groupEffects };
}

function stepTasks(state: ExecutorState, input: ExecutorInput): PlainStep {
  switch (input.kind) {
    case "subscribed":
      return { state: { ...state, capabilities: toCapabilities(input.frameworkInfo) }, effects: [] };
    case "launch":
      return stepLaunch(state, input);
    case "kill":
      return stepKill(state, input);
    case "end":
      return stepEnd(state, input);
    case "task":
      return stepOne(state, input.taskId, input.input);
    case "launch_group":
      return stepLaunchGroup(state, input);
    case "end_group":
      return stepEndGroup(state, input);
    case "group_closed":
      return { state: { ...state, groups: without(state.groups, input.groupId) }, effects: [] };
  }
}

function toCapabilities(frameworkInfo: FrameworkInfo): ExecutorState["capabilities"] {
  const has = frameworkInfo.capabilities.some(({ type }) => type === FrameworkInfo_Capability_Type.TASK_KILLING_STATE);
  return { taskKilling: has ? "supported" : "unsupported" };
}

function stepLaunch(state: ExecutorState, input: ExecutorInput & { kind: "launch" }): PlainStep {
  const { taskId, resolved } = input;
  if (state.tasks.has(taskId) || state.closed.has(taskId)) return { state, effects: [] };
  const stop: StopReason | undefined = state.killedEarly.has(taskId) ? "kill" : state.ending;
  if (stop) return refuse(state, taskId, reportKilledBeforeStart(stop));
  if (resolved.kind === "fault") return refuse(state, taskId, reportStarting(), reportFault(resolved.fault));
  return place(state, taskId, launchTask(resolved.spec));
}

/** STARTING for each in order; when one cannot be launched, it says why, and the others are killed (contract C.1). */
function stepLaunchGroup(state: ExecutorState, input: ExecutorInput & { kind: "launch_group" }): PlainStep {
  const members = input.members.filter(({ taskId }) => !state.tasks.has(taskId) && !state.closed.has(taskId));
  const isDoomed = members.some(({ taskId, resolved }) => resolved.kind === "fault" || state.killedEarly.has(taskId));
  let step: PlainStep = { state, effects: [] };
  for (const member of members) {
    const isAlone = member.resolved.kind === "fault" || state.killedEarly.has(member.taskId) || !isDoomed;
    const next =
      isAlone || state.ending
        ? stepLaunch(step.state, { kind: "launch", ...member })
        : refuse(step.state, member.taskId, reportStarting(), reportKilledBeforeStart("group"));
    step = { state: next.state, effects: [...step.effects, ...next.effects] };
  }
  const taskIds = members.map(({ taskId }) => taskId).filter((taskId) => step.state.tasks.has(taskId));
  if (taskIds.length === 0) return step;
  const groups = new Map(step.state.groups).set(input.groupId, { taskIds, stage: "open" });
  return { ...step, state: { ...step.state, groups } };
}

/** Who is ending already goes on with the grace that it was given. */
function stepEndGroup(state: ExecutorState, input: ExecutorInput & { kind: "end_group" }): PlainStep {
  const { groupId, reason, now, why } = input;
  let step: PlainStep = { state, effects: [] };
  for (const taskId of state.groups.get(groupId)?.taskIds ?? []) {
    const task = state.tasks.get(taskId);
    if (!task || task.stop) continue;
    const graceMs = task.spec.killGraceMs ?? input.defaultGraceMs;
    const stop = { ...toStop(reason, graceMs, now), ...(why === undefined ? {} : { why }) };
    const next = stepOne(step.state, taskId, { kind: "stop", stop });
    step = { state: next.state, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

function stepKill(state: ExecutorState, input: ExecutorInput & { kind: "kill" }): PlainStep {
  const { taskId, now } = input;
  const task = state.tasks.get(taskId);
  if (state.closed.has(taskId)) return { state, effects: [] };
  if (!task) return { state: { ...state, killedEarly: new Set([...state.killedEarly, taskId]) }, effects: [] };
  const graceMs = input.graceMs ?? task.spec.killGraceMs ?? input.defaultGraceMs;
  return stepOne(state, taskId, { kind: "stop", stop: toStop("kill", graceMs, now) });
}

function stepEnd(state: ExecutorState, input: ExecutorInput & { kind: "end" }): PlainStep {
  const stop = toStop(input.reason, input.graceMs, input.now);
  let step: PlainStep = { state: { ...state, ending: state.ending ?? input.reason }, effects: [] };
  for (const taskId of state.tasks.keys()) {
    const next = stepOne(step.state, taskId, { kind: "stop", stop });
    step = { state: next.state, effects: [...step.effects, ...next.effects] };
  }
  return step;
}

function stepOne(state: ExecutorState, taskId: string, input: TaskInput): PlainStep {
  const task = state.tasks.get(taskId);
  return task ? place(state, taskId, stepTask(task, input)) : { state, effects: [] };
}

/** Puts a task's new state in its place; TASK_KILLING goes only to frameworks that know it. */
function place(state: ExecutorState, taskId: string, step: TaskStep): PlainStep {
  const wanted = step.effects.filter(
    (effect) => state.capabilities.taskKilling === "supported" || effect.kind !== "report" || !isKilling(effect.report),
  );
  const effects = wanted.map((effect) => ({ taskId, ...effect }));
  if (step.state.phase.kind === "ended") return { state: close(state, taskId), effects };
  return { state: { ...state, tasks: new Map(state.tasks).set(taskId, step.state) }, effects };
}

/** Of a task that has ended nothing is kept but its id: an executor may run many in its life. */
function close(state: ExecutorState, taskId: string): ExecutorState {
  const tasks = new Map(state.tasks);
  tasks.delete(taskId);
  return { ...state, tasks, closed: new Set([...state.closed, taskId]) };
}

/** Answers a task that will have no container. */
function refuse(state: ExecutorState, taskId: string, ...reports: StatusReport[]): PlainStep {
  return {
    state: close(state, taskId),
    effects: reports.map((report) => ({ taskId, kind: "report", report })),
  };
}

function without(groups: Groups, groupId: string): Groups {
  return new Map([...groups].filter(([known]) => known !== groupId));
}

function toStop(reason: StopReason, graceMs: number, now: number): Stop {
  return { reason, graceMs, deadline: now + graceMs };
}
