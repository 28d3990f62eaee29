import type { AgentInput } from "../../mesos/agent_input.ts";
import type { TaskInfo } from "../../mesos/protocol.ts";
import type { MemoryWatch } from "../container/oom_watch.ts";
import type { ContainerProcess } from "../container/process.ts";
import type { OpenRequest, RequestOptions } from "../container/request.ts";
import type { TaskOutput } from "../output/task_output.ts";
import type { KeepPolicy } from "../reaping/keep_policy.ts";
import type { EngineFault } from "../task/report.ts";
import type { TaskSpec } from "../task/task_spec.ts";

/** A task that can be run, and what its container is called. */
export interface ResolvedTask {
  spec: TaskSpec;
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Of a task of a group, which has a sandbox of its own. */
  groupId?: string;
}

/** A task of a group, or what is wrong with it. */
export interface ResolvedMember {
  taskId: string;
  resolved: { kind: "task"; task: ResolvedTask } | { kind: "fault"; fault: EngineFault };
}

/** A group of tasks as it was read. */
export interface ResolvedGroup {
  members: readonly ResolvedMember[];
  /** The container that holds what the tasks share; absent when the host does, or the group cannot be run. */
  infra?: ResolvedTask;
}

/** How a task's part of the sandbox is measured. */
export interface DiskMeter {
  intervalMs: number;
  /** Gives bytes. */
  measureSandbox(task: ResolvedTask, order: number): Promise<number>;
}

/** What an executor needs once it has tasks: nothing of it is loaded before the first one comes. */
export interface TaskDesk {
  /** Reads a task's description; throws {@link TaskError}. */
  resolve(task: TaskInfo, subscription: AgentInput & { kind: "subscribed" }): ResolvedTask;
  /** Reads the descriptions of a group; throws {@link TaskError} for what is no task's own fault. */
  resolveGroup(
    groupId: string,
    tasks: readonly TaskInfo[],
    subscription: AgentInput & { kind: "subscribed" },
  ): Promise<ResolvedGroup>;
  openRequest(task: ResolvedTask, options: RequestOptions): Promise<OpenRequest>;
  /** `order` counts the executor's tasks from 0: the first has the sandbox' own files. */
  openOutput(task: ResolvedTask, order: number): Promise<TaskOutput>;
  /** Counts what the kernel kills of a container for want of memory; absent when nobody wants to know. */
  watchMemory?: (first: ContainerProcess | undefined) => MemoryWatch | undefined;
  /** Which containers stay when they have ended; none unless given. */
  keep?: KeepPolicy;
  /** How the disk of tasks is watched; absent when the operator wants no quota. */
  disk?: DiskMeter;
}
