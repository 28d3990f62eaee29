import type { Engine } from "../docker/mod.ts";
import type { AgentInput } from "../mesos/agent_input.ts";
import type { StatusReport } from "../mesos/executor_connection.ts";
import type { KillPolicy, TaskInfo } from "../mesos/protocol.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { TaskCrew } from "./crew.ts";
import type { TaskDesk } from "./desk/task_desk.ts";
import { type ExecutorInput, initialState, isIdle, stepExecutor, wasKilledEarly, wasUsed } from "./executor_step.ts";
import { Settling, shutdownMarginMs } from "./settling.ts";
import type { TaskInput } from "./task/task_state.ts";
import type { TaskView } from "./task_view.ts";

/** The agent's side of an executor, as its loop sees it. */
export interface AgentPort {
  readonly isSettled: boolean;
  update(taskId: string, report: StatusReport): void;
  /** To the scheduler, best effort. */
  message(data: Uint8Array): void;
  inputs(options: { signal: AbortSignal }): AsyncIterable<AgentInput>;
}

/** What the loop is made of. */
export interface ExecutorParts {
  agent: AgentPort;
  engine: Engine;
  clock: Clock;
  log: Log;
  shutdownGraceMs: number;
  /** Gets what tasks are read and run with; asked for when the first task comes. */
  openDesk: () => Promise<TaskDesk>;
}

/**
 * Runs an executor: gives every input to the pure step, does the effects that it asks for, and feeds back what comes
 * of them. Nothing else writes the state.
 */
export class ExecutorLoop {
  readonly #parts: ExecutorParts;
  readonly #crew: TaskCrew;
  readonly #end = Promise.withResolvers<number>();
  readonly #listening = new AbortController();
  #lastExit: number | undefined;
  #state = initialState;
  #lost: "no" | "yes" = "no";
  #failed: "no" | "yes" = "no";
  #finished: "no" | "yes" = "no";
  readonly #settling: Settling;

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
    const { clock, log } = parts;
    this.#crew = new TaskCrew(parts, {
      feed: (taskId, input) => this.#feed(taskId, input),
      loseGroup: (groupId, why) => this.#endGroup(groupId, "group_lost", why),
      fail: (error) => this.fail(error),
    });
    this.#settling = new Settling({ clock, log, end: (exitCode) => this.#finish(exitCode) });
  }

  /** Runs until the last task has ended and was acknowledged, or the agent says so; gives the exit code. */
  async run(): Promise<number> {
    const listening = this.#listen();
    listening.catch((error: unknown) => this.fail(error));
    try {
      return await this.#end.promise;
    } catch (error) {
      await this.#crew.abandon();
      throw error;
    } finally {
      this.#settling.stop();
      this.#crew.stopTimers();
      this.#listening.abort(new Error("the executor ends"));
      // What it throws has been given to fail().
      await listening.catch(() => undefined);
    }
  }

  /** Its tasks, for those who look and change nothing. */
  readonly view: TaskView = {
    tasks: () => this.#state.tasks,
    workOf: (taskId) => this.#crew.workOf(taskId),
  };

  /** Exit status of the container that ended last; undefined before the first one has. */
  get lastExitStatus(): number | undefined {
    return this.#lastExit;
  }

  /** Ends every task as SHUTDOWN does; a second time at once (contract, case 49). */
  end(urgency: "graceful" | "immediate"): void {
    const graceMs = urgency === "immediate" ? 0 : this.#gracefulMs;
    this.#step({ kind: "end", reason: "shutdown", graceMs, now: this.#parts.clock.now() });
  }

  /** Hands a signal on to every container that runs. */
  signalTasks(name: string): void {
    for (const [taskId, { phase }] of this.#state.tasks) {
      if (phase.kind !== "running" && phase.kind !== "stopping") continue;
      this.#crew.signal(taskId, phase.containerId, name);
    }
  }

  /** What a framework asks for beside launching and killing; few ever do, so it is loaded when one does. */
  #answer(data: Uint8Array): void {
    const { agent, engine, clock } = this.#parts;
    const { view } = this;
    import("./control/mod.ts")
      .then(async ({ answerMessage, createTaskControl }) => {
        agent.message(await answerMessage(data, createTaskControl({ view, engine, clock })));
      })
      .catch((error: unknown) => this.fail(error));
  }

  /** Ends at once with an error that is nobody's fault but ours; no container is left running. */
  fail(error: unknown): void {
    this.#failed = "yes";
    this.#end.reject(error);
  }

  get #gracefulMs(): number {
    return Math.max(0, this.#parts.shutdownGraceMs - shutdownMarginMs);
  }

  async #listen(): Promise<void> {
    for await (const input of this.#parts.agent.inputs({ signal: this.#listening.signal })) {
      // Before anything that comes after it is heard: a KILL must find its task.
      if (input.kind === "launch") await this.#crew.openDesk();
      if (input.kind === "launch_group") await this.#launchGroup(input.tasks);
      else this.#hear(input);
    }
  }

  #hear(input: Exclude<AgentInput, { kind: "launch_group" }>): void {
    // Nobody would wait for what came of it; the agent tells of tasks that crossed the executor's end itself.
    if (this.#finished === "yes") return;
    const now = this.#parts.clock.now();
    switch (input.kind) {
      case "subscribed":
        this.#crew.subscription = input;
        this.#crew.setChecking("on");
        return this.#step({ kind: "subscribed", frameworkInfo: input.frameworkInfo });
      case "launch":
        return this.#launch(input.taskId, input.task);
      case "kill": {
        const { taskId } = input;
        const defaultGraceMs = this.#parts.shutdownGraceMs;
        return this.#step({ kind: "kill", taskId, graceMs: toGraceMs(input.killPolicy), defaultGraceMs, now });
      }
      case "acknowledged":
        return this.#endIfDone();
      case "shutdown":
        return this.end("graceful");
      case "error":
        this.#parts.log.error("the agent reports a fatal error", { error: input.message });
        this.#lost = "yes";
        return this.end("graceful");
      case "lost":
        this.#parts.log.error("the agent is lost", { error: input.error.message });
        this.#lost = "yes";
        return this.#step({ kind: "end", reason: "agent_lost", graceMs: this.#gracefulMs, now });
      case "message":
        return this.#answer(input.data);
      case "disconnected":
        return this.#crew.setChecking("paused");
    }
  }

  #launch(taskId: string, task: TaskInfo): void {
    this.#step({ kind: "launch", taskId, resolved: this.#crew.read(taskId, task) });
  }

  async #launchGroup(tasks: readonly TaskInfo[]): Promise<void> {
    const group = await this.#crew.readGroup(tasks);
    if (this.#finished === "no") this.#step({ kind: "launch_group", ...group });
  }

  #endGroup(groupId: string, reason: "group" | "group_lost", why?: string): void {
    const { clock, shutdownGraceMs: defaultGraceMs } = this.#parts;
    const told = why === undefined ? {} : { why };
    this.#step({ kind: "end_group", groupId, reason, ...told, defaultGraceMs, now: clock.now() });
  }

  #closeGroup(groupId: string): void {
    this.#crew
      .closeGroup(groupId)
      .then(() => this.#step({ kind: "group_closed", groupId }))
      .catch((error: unknown) => this.fail(error));
  }

  #feed(taskId: string, input: TaskInput): void {
    if (input.kind === "collected") this.#lastExit = input.exit.status;
    this.#step({ kind: "task", taskId, input });
  }

  #step(input: ExecutorInput): void {
    // From then on containers are removed and nothing else: whatever comes of that, or of the agent, is too late.
    if (this.#failed === "yes") return;
    const { state, effects, groupEffects } = stepExecutor(this.#state, input);
    this.#state = state;
    for (const { taskId, ...effect } of effects) {
      if (effect.kind === "report") this.#parts.agent.update(taskId, effect.report);
      else this.#crew.run(taskId, effect);
    }
    if (input.kind === "task" && state.closed.has(input.taskId)) this.#crew.forget(input.taskId);
    for (const { kind, groupId } of groupEffects) {
      if (kind === "end_group") this.#endGroup(groupId, "group");
      else this.#closeGroup(groupId);
    }
    this.#endIfDone();
  }

  /** Exit codes: 0 all is told, 1 the agent is lost or left the last update unacknowledged (contract A.12). */
  #endIfDone(): void {
    const { ending } = this.#state;
    if (!isIdle(this.#state)) return this.#settling.stop();
    if (!wasUsed(this.#state) && ending === undefined) {
      return wasKilledEarly(this.#state) ? this.#settling.start("unlaunched") : this.#settling.stop();
    }
    if (this.#lost === "yes") return this.#finish(1);
    if (this.#parts.agent.isSettled) return this.#finish(0);
    this.#settling.start(ending === undefined ? "idle" : "ending");
  }

  #finish(exitCode: number): void {
    this.#finished = "yes";
    this.#end.resolve(exitCode);
  }
}

function toGraceMs(policy: KillPolicy | undefined): number | undefined {
  const nanoseconds = policy?.gracePeriod?.nanoseconds;
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e6;
}
