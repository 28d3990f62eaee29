import type { CheckNews, CheckPlan, CheckResult } from "./check_plan.ts";
import { beginOpinion, type Opinion, weigh } from "./opinion.ts";

/** Where a check stands. Runs are numbered, so that what comes of one that was given up is known as such. */
export interface CheckerState {
  readonly plan: CheckPlan;
  readonly phase: "new" | "waiting" | "running" | "paused" | "ended";
  /** Number of the present run, or of the last. */
  readonly run: number;
  readonly opinion: Opinion;
}

/** What happens to a check. Times are milliseconds since the epoch. */
export type CheckerInput =
  /** The task runs. */
  | { kind: "begin"; now: number }
  /** The wait is over. */
  | { kind: "due" }
  | { kind: "result"; run: number; result: CheckResult; now: number }
  /** Nobody could be told: the agent is away. */
  | { kind: "pause" }
  | { kind: "resume" }
  /** The task is being killed, or has ended. */
  | { kind: "end" };

/** What a check wants done. A later `wait` takes the place of one that is not over. */
export type CheckerEffect =
  | { kind: "wait"; delayMs: number }
  /** Gives `result` with the run's number. */
  | { kind: "run"; run: number }
  /** Ends the wait, or the run and all that it has started. */
  | { kind: "give_up" }
  | { kind: "tell"; news: CheckNews };

/** A state and what is to be done. */
export interface CheckerStep {
  state: CheckerState;
  effects: readonly CheckerEffect[];
}

/** A check before its task runs. */
export function createChecker(plan: CheckPlan): CheckerState {
  return { plan, phase: "new", run: 0, opinion: beginOpinion(plan, 0) };
}

/** What an input does to a check (contract C.3). Pure; an input that means nothing in a phase changes nothing. */
export function stepChecker(state: CheckerState, input: CheckerInput): CheckerStep {
  switch (input.kind) {
    case "begin":
      if (state.phase !== "new") return stay(state);
      return wait({ ...state, opinion: beginOpinion(state.plan, input.now) }, state.plan.timing.delayMs);
    case "due":
      return state.phase === "waiting" ? begin(state) : stay(state);
    case "result":
      return stepResult(state, input);
    case "pause":
      return isBusy(state) ? giveUp(state, "paused") : stay(state);
    case "resume":
      return state.phase === "paused" ? wait(state, 0) : stay(state);
    case "end":
      return isBusy(state) ? giveUp(state, "ended") : stay({ ...state, phase: "ended" });
  }
}

/** The next run is counted from the end of this one; no two overlap. */
function stepResult(state: CheckerState, input: CheckerInput & { kind: "result" }): CheckerStep {
  if (state.phase !== "running" || input.run !== state.run) return stay(state);
  const { opinion, news } = weigh(state.plan, state.opinion, input.result, input.now);
  const next = wait({ ...state, opinion }, state.plan.timing.intervalMs);
  return news ? { ...next, effects: [{ kind: "tell", news }, ...next.effects] } : next;
}

function isBusy({ phase }: CheckerState): boolean {
  return phase === "waiting" || phase === "running";
}

function stay(state: CheckerState): CheckerStep {
  return { state, effects: [] };
}

function wait(state: CheckerState, delayMs: number): CheckerStep {
  return { state: { ...state, phase: "waiting" }, effects: [{ kind: "wait", delayMs }] };
}

function begin(state: CheckerState): CheckerStep {
  const run = state.run + 1;
  return { state: { ...state, phase: "running", run }, effects: [{ kind: "run", run }] };
}

function giveUp(state: CheckerState, phase: "paused" | "ended"): CheckerStep {
  return { state: { ...state, phase }, effects: [{ kind: "give_up" }] };
}
