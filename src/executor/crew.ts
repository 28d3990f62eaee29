import type { Engine } from "../docker/mod.ts";
import type { AgentInput } from "../mesos/agent_input.ts";
import type { TaskInfo } from "../mesos/protocol.ts";
import type { Clock, Timer } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { KeptContainers } from "./container/kept_containers.ts";
import { ContainerWork } from "./container/work.ts";
import type { ResolvedGroup, ResolvedTask, TaskDesk } from "./desk/task_desk.ts";
import type { Resolution } from "./executor_step.ts";
import type { GroupCrew } from "./groups/group_crew.ts";
import { toFault } from "./task/engine_fault.ts";
import type { EngineFault } from "./task/report.ts";
import { TaskError } from "./task/task_error.ts";
import type { TaskInput } from "./task/task_state.ts";
import type { TaskEffect } from "./task/task_step.ts";

/** What the crew works with. */
export interface CrewParts {
  engine: Engine;
  clock: Clock;
  log: Log;
  /** Grace of a task that names none. */
  shutdownGraceMs: number;
  /** Gets what tasks are read and run with; asked for when the first task comes. */
  openDesk: () => Promise<TaskDesk>;
}

/** What of a task's work others may look at. */
export type TaskWork = Pick<ContainerWork, "process" | "pull">;

/** Who hears of the crew's work. */
export interface CrewListener {
  feed(taskId: string, input: TaskInput): void;
  /** A group has lost the container that holds what its tasks share; `why` is for people. */
  loseGroup(groupId: string, why: string): void;
  /** Takes an error that is neither the daemon's nor a task's. */
  fail(error: unknown): void;
}

/** Reads tasks, and does what the steps want done for each: one work per task that has not ended. */
export class TaskCrew {
  readonly #parts: CrewParts;
  readonly #listener: CrewListener;
  readonly #work = new Map<string, ContainerWork>();
  readonly #resolved = new Map<string, ResolvedTask>();
  /** Of tasks with a max_completion_time that have not ended. */
  readonly #timers = new Map<string, Timer>();
  /** Tasks that have had work so far. */
  #orders = 0;
  #desk: TaskDesk | undefined;
  #kept: KeptContainers | undefined;
  #groups: GroupCrew | undefined;
  #checking: "on" | "paused" = "on";
  /** What the agent has said last of the executor that this is. */
  subscription: (AgentInput & { kind: "subscribed" }) | undefined;

  constructor(parts: CrewParts, listener: CrewListener) {
    this.#parts = parts;
    this.#listener = listener;
  }

  /** To be done before a task is read. */
  async openDesk(): Promise<void> {
    this.#desk ??= await this.#parts.openDesk();
  }

  /** What a task asks for, or what is wrong with that; one that was read before is not read again. */
  read(taskId: string, task: TaskInfo): Resolution {
    try {
      const resolved = this.#resolved.get(taskId) ?? this.#readTask(task);
      this.#resolved.set(taskId, resolved);
      return { kind: "spec", spec: resolved.spec };
    } catch (error) {
      return { kind: "fault", fault: toTaskFault(error) };
    }
  }

  /** What the tasks of a group ask for, or what is wrong with that. */
  async readGroup(
    tasks: readonly TaskInfo[],
  ): Promise<{ groupId: string; members: { taskId: string; resolved: Resolution }[] }> {
    const taskIds = tasks.map(({ taskId }) => taskId?.value ?? "");
    const groupId = taskIds[0] ?? "";
    try {
      const { members } = await this.#openGroup(groupId, tasks);
      return { groupId, members: members.map(({ taskId, resolved }) => ({ taskId, resolved: this.#keep(resolved) })) };
    } catch (error) {
      const resolved = { kind: "fault", fault: toTaskFault(error) } as const;
      return { groupId, members: taskIds.map((taskId) => ({ taskId, resolved })) };
    }
  }

  /** The last task of a group has ended. */
  async closeGroup(groupId: string): Promise<void> {
    await this.#groups?.close(groupId);
  }

  /** Begins an effect; what comes of it is fed. */
  run(taskId: string, effect: Exclude<TaskEffect, { kind: "report" }>): void {
    if (effect.kind === "limit_time") return this.#limitTime(taskId, effect.afterMs);
    this.#watch(this.#openWork(taskId).run(effect));
  }

  /** Whether checks are made: nobody hears of them while the agent is away (contract C.3). */
  setChecking(checking: "on" | "paused"): void {
    this.#checking = checking;
    for (const work of this.#work.values()) work.setChecking(checking);
  }

  /** Hands a signal on to a task's container. */
  signal(taskId: string, containerId: string, name: string): void {
    this.#watch(this.#openWork(taskId).signal(containerId, name));
  }

  /** What is known of a task's work; `undefined` before it has any, and when it has ended. */
  workOf(taskId: string): TaskWork | undefined {
    return this.#work.get(taskId);
  }

  /** The task has ended, and its container is gone. */
  forget(taskId: string): void {
    this.#work.delete(taskId);
    this.#resolved.delete(taskId);
    this.#timers.get(taskId)?.cancel();
    this.#timers.delete(taskId);
  }

  /** Removes every container whatever it is doing: the last resort of an executor that has itself failed. */
  async abandon(): Promise<void> {
    await Promise.all([...this.#work.values()].map((work) => work.abandon()));
    await this.#groups?.abandon();
  }

  /** Nothing more is to come of time. */
  stopTimers(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#kept?.stop();
  }

  #readTask(task: TaskInfo): ResolvedTask {
    if (!this.subscription || !this.#desk) {
      throw new TaskError("invalid", "Cannot launch: LAUNCH came before SUBSCRIBED");
    }
    return this.#warn(this.#desk.resolve(task, this.subscription));
  }

  async #openGroup(groupId: string, tasks: readonly TaskInfo[]): Promise<ResolvedGroup> {
    const desk = await this.#parts.openDesk();
    this.#desk = desk;
    if (!this.subscription) throw new TaskError("invalid", "Cannot launch: LAUNCH_GROUP came before SUBSCRIBED");
    if (!this.#groups) {
      const { GroupCrew } = await import("./groups/group_crew.ts");
      const lost = (lostId: string, why: string) => this.#listener.loseGroup(lostId, why);
      const fail = (error: unknown) => this.#listener.fail(error);
      this.#groups = new GroupCrew({ ...this.#parts, desk, lost, fail });
    }
    return await this.#groups.read(groupId, tasks, this.subscription);
  }

  #keep(resolved: ResolvedGroup["members"][number]["resolved"]): Resolution {
    if (resolved.kind === "fault") return resolved;
    const { spec } = this.#warn(resolved.task);
    this.#resolved.set(spec.taskId, resolved.task);
    return { kind: "spec", spec };
  }

  #warn(resolved: ResolvedTask): ResolvedTask {
    for (const warning of resolved.spec.warnings) this.#parts.log.warn(warning, { task: resolved.spec.taskId });
    return resolved;
  }

  #watch(work: Promise<void>): void {
    work.catch((error: unknown) => this.#listener.fail(error));
  }

  #limitTime(taskId: string, afterMs: number): void {
    const { clock } = this.#parts;
    const timer = clock.schedule(afterMs, () => {
      const stop = { reason: "max_completion", graceMs: 0, deadline: clock.now() } as const;
      this.#listener.feed(taskId, { kind: "stop", stop });
    });
    this.#timers.set(taskId, timer);
  }

  #openWork(taskId: string): ContainerWork {
    const known = this.#work.get(taskId);
    if (known) return known;
    const resolved = this.#resolved.get(taskId);
    const desk = this.#desk;
    if (!resolved || !desk) throw new Error(`Cannot work on task "${taskId}": it was never resolved`);
    const { engine, clock, log } = this.#parts;
    // Who has a sandbox of its own leaves the executor's to nobody.
    const order = Math.max(this.#orders++, resolved.groupId === undefined ? 0 : 1);
    const requests = resolved.groupId === undefined ? desk : (this.#groups ?? desk);
    const { disk, watchMemory, keep: policy } = desk;
    const fail = (error: unknown) => this.#listener.fail(error);
    if (policy) this.#kept ??= new KeptContainers({ engine, clock, log, policy, fail });
    const kept = this.#kept;
    const work = new ContainerWork({
      engine,
      clock,
      log,
      name: resolved.name,
      spec: resolved.spec,
      openRequest: (options) => requests.openRequest(resolved, options),
      openOutput: () => desk.openOutput(resolved, order),
      ...(watchMemory ? { watchMemory } : {}),
      ...(kept ? { keep: (containerId, end) => kept.take(containerId, end) } : {}),
      killGraceMs: resolved.spec.killGraceMs ?? this.#parts.shutdownGraceMs,
      ...(disk
        ? { disk: { intervalMs: disk.intervalMs, measureSandbox: () => disk.measureSandbox(resolved, order) } }
        : {}),
      feed: (input) => this.#listener.feed(taskId, input),
      fail,
    });
    work.setChecking(this.#checking);
    this.#work.set(taskId, work);
    return work;
  }
}

/** What is wrong with a description. Errors of other kinds are ours, and thrown on. */
function toTaskFault(error: unknown): EngineFault {
  if (!(error instanceof TaskError)) throw error;
  return toFault(error, "invalid");
}
