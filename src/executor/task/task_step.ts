import type { StatusReport } from "../../mesos/executor_connection.ts";
import type { ContainerEnd } from "../reaping/keep_policy.ts";
import { hideSecrets } from "./redaction.ts";
import {
  type EngineFault,
  reportChecked,
  reportExit,
  reportFault,
  reportHealth,
  reportKilledBeforeStart,
  reportKilledUnseen,
  reportKilling,
  reportRunning,
  reportStarting,
  toCheckStatus,
  toContainerEnd,
} from "./report.ts";
import type { TaskSpec } from "./task_spec.ts";
import type { Stop, TaskInput, TaskPhase, TaskState } from "./task_state.ts";

/** What a step wants done. The loop does it, and what comes of it is an input again. */
export type TaskEffect =
  | { kind: "report"; report: StatusReport }
  /** Image, container, wait and output: gives `prepared` or `prepare_failed`, and leaves no container behind then. */
  | { kind: "prepare" }
  /** Gives `stop` when the time is over. */
  | { kind: "limit_time"; afterMs: number }
  /** Begins the task's checks: gives `checked`, `judged` and perhaps `stop`. */
  | { kind: "begin_checks"; containerId: string }
  | { kind: "end_checks" }
  /** Ends `prepare` early; it still gives its result. */
  | { kind: "abort_prepare" }
  /** Gives `prepare_late` when `prepare` has not given its result by then. */
  | { kind: "limit_prepare"; afterMs: number }
  /** Gives `started` or `start_failed`. */
  | { kind: "start"; containerId: string }
  /** Gives a start up that has not come to an end by then: it gives `start_failed`. */
  | { kind: "limit_start"; afterMs: number }
  /** Gives `stop_failed` when the daemon did not; success shows itself as `exited`. */
  | { kind: "stop"; containerId: string; graceMs: number; delayMs: number }
  /** Reads output to its end, and what the daemon knows of the container's end: gives `collected`. */
  | { kind: "collect"; containerId: string; status: number }
  /** Gives `removed`, whatever comes of it. `end` is that of a container of which all is known; such a one may be kept. */
  | { kind: "remove"; containerId: string; end?: ContainerEnd };

/** A state and what is to be done. */
export interface TaskStep {
  state: TaskState;
  effects: readonly TaskEffect[];
}

/** What the daemon needs to make or to start a container on a busy host. */
const usualMs = 2000;

/** Pause before a stop that the daemon failed is tried again. */
const stopRetryMs = 1000;

/** The first step of every task that can be run. */
export function launchTask(spec: TaskSpec): TaskStep {
  return tellCheck({
    state: { spec, phase: { kind: "preparing" } },
    effects: [{ kind: "report", report: reportStarting() }, ...toTimeLimit(spec), { kind: "prepare" }],
  });
}

/** The time runs from LAUNCH on (contract B.7). */
function toTimeLimit({ maxCompletionMs }: TaskSpec): TaskEffect[] {
  return maxCompletionMs === undefined ? [] : [{ kind: "limit_time", afterMs: maxCompletionMs }];
}

/** What an input does to a task. Pure; an input that means nothing in a phase changes nothing. */
export function stepTask(state: TaskState, input: TaskInput): TaskStep {
  return tellCheck(stepPhase(state, input));
}

/** Every status of a task that has a check tells its last result, an empty one before the first (contract C.1). */
function tellCheck({ state, effects }: TaskStep): TaskStep {
  const probe = state.spec.checks?.check?.probe;
  if (!probe) return { state, effects };
  const checkStatus = toCheckStatus(state.checkResult ?? { kind: probe.kind });
  const tell = (effect: TaskEffect): TaskEffect =>
    effect.kind === "report" ? { kind: "report", report: { ...effect.report, checkStatus } } : effect;
  return { state, effects: effects.map(tell) };
}

function stepPhase(state: TaskState, input: TaskInput): TaskStep {
  // Whoever has asked for the end before has given it time.
  if (input.kind === "stop" && input.stop.reason === "max_completion" && state.stop) return stay(state);
  switch (state.phase.kind) {
    case "preparing":
      return stepPreparing(state, input);
    case "abandoned":
      if (input.kind === "prepare_failed") return to(state, { kind: "ended" });
      if (input.kind !== "prepared") return stay(state);
      return to(state, { kind: "removing" }, { kind: "remove", containerId: input.containerId });
    case "starting":
      return stepStarting(state, state.phase, input);
    case "running":
      return stepRunning(state, state.phase.containerId, input);
    case "stopping":
      return stepStopping(state, state.phase.containerId, input);
    case "collecting":
      if (input.kind !== "collected") return stay(state);
      return endKnown(state, state.phase.containerId, reportExit(input.exit, state.stop, state.spec));
    case "removing":
      return input.kind === "removed" ? to(state, { kind: "ended" }) : stay(state);
    case "ended":
      return stay(state);
  }
}

function stepPreparing(state: TaskState, input: TaskInput): TaskStep {
  switch (input.kind) {
    case "prepared": {
      const { containerId } = input;
      if (state.stop) return end(state, containerId, reportKilledBeforeStart(state.stop.reason));
      return to(state, { kind: "starting", containerId }, { kind: "start", containerId });
    }
    case "prepare_failed": {
      const report = state.stop ? reportKilledBeforeStart(state.stop.reason) : reportFault(input.fault);
      return to(state, { kind: "ended" }, { kind: "report", report });
    }
    case "stop":
      if (state.stop) return stay(withStop(state, input.stop));
      return {
        state: { ...state, stop: input.stop },
        effects: [...toKilling(input.stop), { kind: "abort_prepare" }, { kind: "limit_prepare", afterMs: usualMs }],
      };
    case "prepare_late": {
      // A daemon that hangs while it makes a container keeps nobody waiting: there is nothing that needs a grace.
      if (!state.stop) return stay(state);
      return to(state, { kind: "abandoned" }, { kind: "report", report: reportKilledBeforeStart(state.stop.reason) });
    }
    default:
      return stay(state);
  }
}

function stepStarting(state: TaskState, phase: TaskPhase & { kind: "starting" }, input: TaskInput): TaskStep {
  const { containerId, exit } = phase;
  switch (input.kind) {
    case "started": {
      if (exit) {
        const running = state.stop ? [] : [toRunning(state, input)];
        return to(state, { kind: "collecting", containerId }, ...running, { kind: "collect", containerId, ...exit });
      }
      if (state.stop) return to(state, { kind: "stopping", containerId }, toStop(containerId, state.stop));
      const told = reportRunning(input.container, state.spec);
      const running: TaskEffect = { kind: "report", report: told };
      // What checks tell repeats it, but for the inspection (contract B.6).
      const { data: _data, ...repeated } = told;
      const next = state.spec.checks ? { ...state, told: repeated } : state;
      return to(next, { kind: "running", containerId }, running, ...toChecks(state, containerId));
    }
    case "start_failed": {
      if (exit) return to(state, { kind: "collecting", containerId }, { kind: "collect", containerId, ...exit });
      return end(
        state,
        containerId,
        state.stop ? reportKilledBeforeStart(state.stop.reason) : reportFault(input.fault),
      );
    }
    case "exited":
      return to(state, { ...phase, exit: { status: input.status } });
    case "vanished":
      return vanish(state, containerId, input.fault);
    case "stop": {
      const killing = state.stop ? [] : toKilling(input.stop);
      const next = withStop(state, input.stop);
      if (next.stop === state.stop) return stay(state);
      return { state: next, effects: [...killing, toStartLimit(next.stop)] };
    }
    default:
      return stay(state);
  }
}

function stepRunning(state: TaskState, containerId: string, input: TaskInput): TaskStep {
  switch (input.kind) {
    case "checked":
      return tell({ ...state, checkResult: input.result }, reportChecked(toldOf(state), input.result));
    case "judged":
      return tell(state, reportHealth(toldOf(state), input.verdict, hideSecrets(input.why, state.spec.secrets)));
    default: {
      const { state: next, effects } = leaveRunning(state, containerId, input);
      const isOver = next.phase.kind !== "running" && state.spec.checks !== undefined;
      return { state: next, effects: isOver ? [{ kind: "end_checks" }, ...effects] : effects };
    }
  }
}

function leaveRunning(state: TaskState, containerId: string, input: TaskInput): TaskStep {
  switch (input.kind) {
    case "exited":
      return to(state, { kind: "collecting", containerId }, { kind: "collect", containerId, status: input.status });
    case "vanished":
      return vanish(state, containerId, input.fault);
    case "stop":
      return {
        state: { ...state, phase: { kind: "stopping", containerId }, stop: input.stop },
        effects: [...toKilling(input.stop), toStop(containerId, input.stop)],
      };
    default:
      return stay(state);
  }
}

function toldOf({ told = {} }: TaskState): StatusReport {
  return told;
}

/** One more status of a task that runs on. */
function tell(state: TaskState, told: StatusReport): TaskStep {
  return { state: { ...state, told }, effects: [{ kind: "report", report: told }] };
}

function toChecks({ spec }: TaskState, containerId: string): TaskEffect[] {
  return spec.checks ? [{ kind: "begin_checks", containerId }] : [];
}

function stepStopping(state: TaskState, containerId: string, input: TaskInput): TaskStep {
  switch (input.kind) {
    case "exited":
      return to(state, { kind: "collecting", containerId }, { kind: "collect", containerId, status: input.status });
    case "vanished":
      return vanish(state, containerId, input.fault);
    case "stop_failed":
      return { state, effects: [{ kind: "stop", containerId, graceMs: 0, delayMs: stopRetryMs }] };
    case "stop": {
      const next = withStop(state, input.stop);
      return next.stop === state.stop ? stay(state) : { state: next, effects: [toStop(containerId, next.stop)] };
    }
    default:
      return stay(state);
  }
}

/** A later wish may only shorten the grace (contract C.2); who came first still decides the report. */
function withStop(state: TaskState, stop: Stop): TaskState & { stop: Stop } {
  if (!state.stop) return { ...state, stop };
  if (stop.deadline >= state.stop.deadline) return { ...state, stop: state.stop };
  return { ...state, stop: { ...stop, reason: state.stop.reason } };
}

function stay(state: TaskState): TaskStep {
  return { state, effects: [] };
}

function to(state: TaskState, phase: TaskPhase, ...effects: TaskEffect[]): TaskStep {
  return { state: { ...state, phase }, effects };
}

/** The terminal status, and then the container's removal. */
function end(state: TaskState, containerId: string, report: StatusReport): TaskStep {
  return to(state, { kind: "removing" }, { kind: "report", report }, { kind: "remove", containerId });
}

/** The same of a container that has run, and told all that it had to tell. */
function endKnown(state: TaskState, containerId: string, report: StatusReport): TaskStep {
  const effect = { kind: "remove", containerId, end: toContainerEnd(report) } as const;
  return to(state, { kind: "removing" }, { kind: "report", report }, effect);
}

/** The end of a container that nobody saw. */
function vanish(state: TaskState, containerId: string, fault: EngineFault): TaskStep {
  const { stop, spec } = state;
  return end(state, containerId, stop ? reportKilledUnseen(fault, stop, spec) : reportFault(fault));
}

function toRunning(state: TaskState, input: TaskInput & { kind: "started" }): TaskEffect {
  return { kind: "report", report: reportRunning(input.container, state.spec) };
}

/** TASK_KILLING is the answer to somebody's wish; who goes beyond a limit, or loses its network, just ends. */
function toKilling({ reason }: Stop): TaskEffect[] {
  const isWish = reason !== "disk_limit" && reason !== "max_completion" && reason !== "group_lost";
  return isWish ? [{ kind: "report", report: reportKilling() }] : [];
}

/** A daemon that hangs is not waited for longer than the container would be; one that works gets what a start takes. */
function toStartLimit({ graceMs }: Stop): TaskEffect {
  return { kind: "limit_start", afterMs: Math.max(graceMs, usualMs) };
}

function toStop(containerId: string, stop: Stop): TaskEffect {
  return { kind: "stop", containerId, graceMs: stop.graceMs, delayMs: 0 };
}
