import { formatState, isTerminal } from "../../src/cluster/task_end.ts";
import { TaskState, type TaskStatus, TaskStatus_Reason } from "../../src/mesos/protocol.ts";
import { formatUuid } from "../../src/mesos/uuid.ts";
import type { SoakTask } from "./task_mix.ts";

/** What is known of a task when all is over. */
export interface TaskRecord {
  task: SoakTask;
  /** What the agent told, and what it heard; see AgentLedger. */
  told: readonly TaskStatus[];
  heard: readonly TaskStatus[];
  /** Bytes of its stdout in the sandbox; undefined when there is no such file. */
  stdoutBytes: number | undefined;
}

/**
 * How a task's end compares with what was wanted of it: `excused` for one that a fault kept from running, or whose
 * executor was killed.
 */
export type Outcome = { kind: "as wanted" } | { kind: "excused"; why: string } | { kind: "wrong"; why: string };

/** Everything that is wrong with the statuses of one task, whatever became of it. */
export function findStatusFaults({ task, told, heard }: TaskRecord): string[] {
  const name = task.taskId;
  const faults: string[] = [];
  const terminal = told.filter(isTerminal).length;
  if (terminal !== 1) faults.push(`${name}: ${terminal} terminal updates told (${describe(told)})`);
  if (heard.filter(isTerminal).length > 1) faults.push(`${name}: several terminal updates sent (${describe(heard)})`);
  const end = heard.findIndex(isTerminal);
  if (end >= 0 && end !== heard.length - 1)
    faults.push(`${name}: an update after the terminal one (${describe(heard)})`);
  const uuids = told.map(({ uuid }) => formatUuid(uuid));
  if (new Set(uuids).size !== uuids.length) faults.push(`${name}: an update told twice (${describe(told)})`);
  const lost = heard.filter(({ uuid }) => !uuids.includes(formatUuid(uuid)));
  // The agent keeps no update of a task that it has itself given up with its executor.
  if (lost.length > 0 && !isExecutorEnd(told)) faults.push(`${name}: updates lost (${describe(lost)})`);
  return faults;
}

/** Judges how a task ended. */
export function judgeEnd({ task, told, stdoutBytes }: TaskRecord, executors: "killed too" | "left alone"): Outcome {
  const end = told.find(isTerminal);
  if (!end) return { kind: "wrong", why: `${task.taskId} has no end (${describe(told)})` };
  const wrong: Outcome = { kind: "wrong", why: `${task.taskId} (${task.shell}): ${describe(told)}; ${end.message}` };
  if (isExecutorEnd(told))
    return executors === "killed too" ? { kind: "excused", why: "its executor was killed" } : wrong;
  // A LAUNCH that is sent while an executor's stream is broken is lost (contract A.10).
  if (end.reason === TaskStatus_Reason.AGENT_RESTARTED) return { kind: "excused", why: "its LAUNCH was lost" };
  if (end.reason === TaskStatus_Reason.CONTAINER_LAUNCH_FAILED) return { kind: "excused", why: "it was not launched" };
  if (task.kill) return end.state === TaskState.TASK_KILLED ? { kind: "as wanted" } : wrong;
  if (end.state !== (task.exitCode === 0 ? TaskState.TASK_FINISHED : TaskState.TASK_FAILED)) return wrong;
  if (exitCodeOf(end) !== String(task.exitCode)) return wrong;
  if (stdoutBytes === task.stdoutBytes) return { kind: "as wanted" };
  return {
    kind: "wrong",
    why: `${task.taskId}: ${stdoutBytes} bytes of stdout are there, ${task.stdoutBytes} were written`,
  };
}

/** How resident memory goes: medians of the thirds of all samples of one process, in their order. */
export function toThirds(samplesMb: readonly number[]): [number, number, number] {
  const third = Math.floor(samplesMb.length / 3);
  const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return [
    median(samplesMb.slice(0, third)),
    median(samplesMb.slice(third, 2 * third)),
    median(samplesMb.slice(2 * third)),
  ];
}

function exitCodeOf(status: TaskStatus): string | undefined {
  return status.labels?.labels.find(({ key }) => key === "exit_code")?.value;
}

function isExecutorEnd(told: readonly TaskStatus[]): boolean {
  return told.some(({ reason }) => reason === TaskStatus_Reason.EXECUTOR_TERMINATED);
}

function describe(statuses: readonly TaskStatus[]): string {
  return statuses.map(({ state }) => formatState(state)).join(" ");
}
