import { TaskState as MesosState } from "../../mesos/protocol.ts";
import { isTerminalState } from "../../mesos/terminal_state.ts";
import type { TaskEffect } from "../task/task_step.ts";

/** Tasks that were launched together, and the container that holds what they share. */
export interface GroupState {
  /** Those that have had work: who was refused has none. */
  readonly taskIds: readonly string[];
  /** `closing` while the container of the group itself is being removed. */
  readonly stage: "open" | "closing";
}

/** Groups by their ids; those that have ended are not among them. */
export type Groups = ReadonlyMap<string, GroupState>;

/** What a group wants done. */
export type GroupEffect =
  /** One has failed or was killed: the others are to end (contract C.1). */
  | { kind: "end_group"; groupId: string }
  /** The last has ended: gives `group_closed`, whatever comes of it. */
  | { kind: "close_group"; groupId: string };

/**
 * What becomes of the groups when these effects are about to be done, and `tasks` are those that have not ended. Pure. A
 * task that finishes leaves the others alone.
 */
export function followGroups(
  groups: Groups,
  tasks: ReadonlyMap<string, unknown>,
  effects: readonly ({ taskId: string } & TaskEffect)[],
): { groups: Groups; effects: readonly GroupEffect[] } {
  const failed = new Set(effects.filter(isFailure).map(({ taskId }) => taskId));
  const next = new Map(groups);
  const wanted: GroupEffect[] = [];
  for (const [groupId, group] of groups) {
    if (group.stage === "closing") continue;
    if (group.taskIds.some((taskId) => failed.has(taskId))) wanted.push({ kind: "end_group", groupId });
    if (group.taskIds.some((taskId) => tasks.has(taskId))) continue;
    next.set(groupId, { ...group, stage: "closing" });
    wanted.push({ kind: "close_group", groupId });
  }
  return { groups: next, effects: wanted };
}

function isFailure(effect: TaskEffect): boolean {
  if (effect.kind !== "report") return false;
  const { state } = effect.report;
  return state !== undefined && state !== MesosState.TASK_FINISHED && isTerminalState(state);
}
