import type { Timer } from "../../../runtime/clock.ts";
import {
  type ExecutorInfo,
  type FrameworkInfo,
  FrameworkInfo_Capability_Type,
  type TaskInfo,
  TaskState,
  type TaskStatus_Reason,
  type TaskStatus_Source,
} from "../../protocol.ts";
import { isTerminalState } from "../../terminal_state.ts";
import type { Container } from "../container/containerizer.ts";
import type { EventStream } from "../http/event_stream.ts";

/** A framework as the agent knows it. */
export interface FrameworkRecord {
  readonly id: string;
  readonly info: FrameworkInfo;
  /** Executors that have not ended. */
  readonly executors: Map<string, ExecutorRecord>;
  /** Every task ever launched: late updates and repeated kills of ended ones have to be recognised. */
  readonly tasks: Map<string, TaskRecord>;
}

/**
 * An executor from its launch to its end.
 *
 * - `registering`: started and never subscribed, or not again since the agent's restart
 * - `running`: subscribed once; whether the stream still lives is not a state (contract A.10)
 * - `terminating`: told to shut down, or about to be killed
 * - `terminated`: its process is gone
 */
export interface ExecutorRecord {
  readonly id: string;
  readonly info: ExecutorInfo;
  readonly framework: FrameworkRecord;
  readonly containerId: string;
  readonly sandbox: string;
  /** Aborted when it is to be destroyed before there is a container. */
  readonly launching: AbortController;
  state: "registering" | "running" | "terminating" | "terminated";
  container?: Container;
  stream?: EventStream;
  /** Deliveries that wait for the subscription, in order of arrival. */
  queue: Delivery[];
  /** Whether any task was ever sent to it (contract A.10 rule 5). */
  hasReceived: boolean;
  /** What its end means for its tasks, when something else than the process decided it. */
  termination?: Termination;
  registration?: Timer;
  grace?: Timer;
}

/** Tasks that an executor gets in one event. */
export type Delivery = { kind: "task"; task: TaskRecord } | { kind: "group"; tasks: readonly TaskRecord[] };

/** A task from its launch on. */
export interface TaskRecord {
  readonly id: string;
  readonly info: TaskInfo;
  readonly executor: ExecutorRecord;
  /** TASK_STAGING until its first update. */
  state: TaskState;
  isSent: boolean;
  /** uuids of the updates that were taken: the same one again is acknowledged and nothing else. */
  readonly received: Set<string>;
}

/** What becomes of the unfinished tasks of an executor that ended. */
export interface Termination {
  state: TaskState;
  reason: TaskStatus_Reason;
  message: string;
  source?: TaskStatus_Source;
}

/** The state itself for partition-aware frameworks, TASK_LOST for all others, which do not know it. */
export function toKnownState(framework: FrameworkRecord, state: TaskState): TaskState {
  const isAware = framework.info.capabilities.some(
    ({ type }) => type === FrameworkInfo_Capability_Type.PARTITION_AWARE,
  );
  return isAware ? state : TaskState.TASK_LOST;
}

/** The tasks of an executor that are not over, in the order of their launch. */
export function unfinishedTasks(executor: ExecutorRecord): TaskRecord[] {
  return [...executor.framework.tasks.values()].filter(
    (task) => task.executor === executor && !isTerminalState(task.state),
  );
}
