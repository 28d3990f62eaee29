import type { StatusReport } from "../../mesos/executor_connection.ts";
import type { CheckResult } from "../checks/check_spec.ts";
import type { EngineFault } from "./report.ts";
import type { TaskSpec } from "./task_spec.ts";

/** Who wants a task to end. The first one wins and decides how the end is reported. */
export type StopReason =
  | "kill"
  | "shutdown"
  | "agent_lost"
  | "disk_limit"
  | "max_completion"
  | "unhealthy"
  /** Another task of its group has failed or was killed. */
  | "group"
  /** The container that holds what its group shares has ended. */
  | "group_lost";

/** A wish to end a task, and until when its process may take its leave. */
export interface Stop {
  reason: StopReason;
  graceMs: number;
  /** Milliseconds since the epoch at which the grace is over. */
  deadline: number;
  /** What was found, for the report; of limits that the task has gone beyond. */
  usedBytes?: number;
  /** What was found by the health check that failed too often. */
  why?: string;
}

/** How a container ended, as the daemon tells it. */
export interface ContainerExit {
  /** Exit status; 128 + number for a process that a signal ended. */
  status: number;
  /** Whether the kernel killed it for want of memory. */
  cause: "exit" | "out_of_memory";
  /** Its last words on stderr; empty when it had none. */
  stderrTail: string;
}

/** What is known of a container that has just been started. */
export interface StartedContainer {
  /** The daemon's whole description, a JSON object. */
  inspection: unknown;
  addresses: readonly { address: string; family: "ipv4" | "ipv6" }[];
}

/** Where a task stands. Only `ended` is never left, and nothing is reported after the terminal status. */
export type TaskPhase =
  /** The image is fetched, the container is made; there is nothing to stop yet but this work. */
  | { kind: "preparing" }
  /** The terminal status is out; what was being prepared has not come to an end, and is removed when it does. */
  | { kind: "abandoned" }
  /** The daemon has been told to start it. `exit` is kept when the end overtakes the news of the start. */
  | { kind: "starting"; containerId: string; exit?: { status: number } }
  | { kind: "running"; containerId: string }
  /** The daemon has been told to stop it. */
  | { kind: "stopping"; containerId: string }
  /** It has ended; its last output and its state are being read. */
  | { kind: "collecting"; containerId: string }
  /** The terminal status is out; the container is being removed. */
  | { kind: "removing" }
  | { kind: "ended" };

/** One task. */
export interface TaskState {
  readonly spec: TaskSpec;
  readonly phase: TaskPhase;
  readonly stop?: Stop;
  /** What was told last while it runs: each further status repeats it (contract C.1). */
  readonly told?: StatusReport;
  /** What its check found last. */
  readonly checkResult?: CheckResult;
}

/** What happens to a task. */
export type TaskInput =
  | { kind: "prepared"; containerId: string }
  | { kind: "prepare_failed"; fault: EngineFault }
  /** Somebody wants the end, and preparing has not come to its own in time. */
  | { kind: "prepare_late" }
  | { kind: "started"; container: StartedContainer }
  | { kind: "start_failed"; fault: EngineFault }
  | { kind: "exited"; status: number }
  /** The daemon can no longer tell: the container is gone, or the daemon is for good. */
  | { kind: "vanished"; fault: EngineFault }
  | { kind: "collected"; exit: ContainerExit }
  /** Its check found something else than before. */
  | { kind: "checked"; result: CheckResult }
  /** Its health check has something to tell. */
  | { kind: "judged"; verdict: "healthy" | "unhealthy"; why: string }
  | { kind: "stop"; stop: Stop }
  | { kind: "stop_failed" }
  | { kind: "removed" };
