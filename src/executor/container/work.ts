import type { Engine } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { TaskChecks } from "../checks/task_checks.ts";
import { watchTaskDisk } from "../disk/task_disk.ts";
import { OutputCopy } from "../output/output_copy.ts";
import type { TaskOutput } from "../output/task_output.ts";
import type { ContainerEnd } from "../reaping/keep_policy.ts";
import { toFault } from "../task/engine_fault.ts";
import type { EngineFault } from "../task/report.ts";
import { TaskError } from "../task/task_error.ts";
import type { TaskSpec } from "../task/task_spec.ts";
import type { TaskInput } from "../task/task_state.ts";
import type { TaskEffect } from "../task/task_step.ts";
import { findCause } from "./cause.ts";
import { connectContainer } from "./connection.ts";
import { createContainer } from "./creation.ts";
import type { MemoryWatch } from "./oom_watch.ts";
import { afterPause } from "./pause.ts";
import { type ContainerProcess, findProcess } from "./process.ts";
import { type PullOverview, PullProgress } from "./pull_progress.ts";
import { removeContainer } from "./removal.ts";
import type { OpenRequest, RequestOptions } from "./request.ts";
import { inspectStarted, resizeTerminal, startContainer, toAddresses } from "./starting.ts";
import { stopContainer } from "./stopping.ts";
import { createSized } from "./storage_quota.ts";
import { watchExit } from "./watch.ts";

/** What a task's work with the daemon needs. */
export interface ContainerWorkOptions {
  engine: Engine;
  name: string;
  spec: TaskSpec;
  /** Makes the request for the container, and sees to all that it needs. */
  openRequest: (options: RequestOptions) => Promise<OpenRequest>;
  openOutput: () => Promise<TaskOutput>;
  /** Grace of a task that is to end for its own sake. */
  killGraceMs: number;
  /** How the task's part of the sandbox is measured, in bytes; absent when nobody watches it. */
  disk?: { intervalMs: number; measureSandbox: () => Promise<number> };
  /** Counts what the kernel kills for want of memory; see `watchOom()`. */
  watchMemory?: (first: ContainerProcess | undefined) => MemoryWatch | undefined;
  /** Takes a container over that stays when it has ended; see `KeptContainers`. */
  keep?: (containerId: string, end: ContainerEnd) => "kept" | "not kept";
  clock: Clock;
  log: Log;
  /** Takes what comes of the work. */
  feed: (input: TaskInput) => void;
  /** Takes an error that is neither the daemon's nor the task's. */
  fail: (error: unknown) => void;
}

/** Does the effects of one task on the daemon and feeds their results back. No method throws for the daemon's faults. */
export class ContainerWork {
  readonly #options: ContainerWorkOptions;
  readonly #preparation = new AbortController();
  /** Aborted when the preparation has come to an end. */
  readonly #preparing = new AbortController();
  readonly #starting = new AbortController();
  /** Ends the watch: a container that never started is waited for in vain, even when it is removed. */
  readonly #watching = new AbortController();
  readonly #held = new AsyncDisposableStack();
  readonly #output: OutputCopy;
  readonly #pull: PullProgress;
  #process: ContainerProcess | undefined;
  #memory: MemoryWatch | undefined;
  #checks: TaskChecks | undefined;
  #checking: "on" | "paused" | "ended" = "on";
  #prepared: Promise<void> = Promise.resolve();
  /** Of another container's network that this one has joined. */
  #addresses: OpenRequest["addresses"];

  constructor(options: ContainerWorkOptions) {
    this.#options = options;
    this.#output = new OutputCopy(options);
    this.#pull = new PullProgress(options);
  }

  /** Does one effect; resolves when it is done and its result was fed back. */
  async run(effect: Exclude<TaskEffect, { kind: "report" | "limit_time" }>): Promise<void> {
    const { feed } = this.#options;
    switch (effect.kind) {
      case "prepare":
        this.#prepared = this.#attempt(
          (fault) => feed({ kind: "prepare_failed", fault }),
          () => this.#prepare(),
        ).finally(() => this.#preparing.abort());
        return this.#prepared;
      case "abort_prepare":
        return this.#preparation.abort(new TaskError("launch", "Cannot start the container: the task was stopped"));
      case "start":
        return this.#attempt(
          (fault) => feed({ kind: "start_failed", fault }),
          () => this.#start(effect.containerId),
        );
      case "begin_checks":
        return this.#beginChecks(effect.containerId);
      case "end_checks":
        return this.#endChecks();
      case "limit_prepare": {
        const limit = { ...this.#options, signal: this.#preparing.signal };
        return afterPause(effect.afterMs, limit, () => feed({ kind: "prepare_late" }));
      }
      case "limit_start":
        return this.#limitStart(effect.afterMs);
      case "stop":
        return this.#stop(effect.containerId, effect.graceMs, effect.delayMs);
      case "collect":
        return this.#collect(effect.containerId, effect.status);
      case "remove":
        return this.#remove(effect.containerId, effect.end);
    }
  }

  /** The container's first process, once it runs and where it is known. */
  get process(): ContainerProcess | undefined {
    return this.#process;
  }

  /** How far the pull of its image is. */
  get pull(): PullOverview | undefined {
    return this.#pull.overview;
  }

  /** Whether the task's checks are made: not while nobody hears of them. */
  setChecking(checking: "on" | "paused"): void {
    if (this.#checking === "ended") return;
    this.#checking = checking;
    if (checking === "paused") this.#checks?.pause();
    else this.#checks?.resume();
  }

  /** Sends the container a signal that is no wish to end it; one that cannot be sent is no reason to end anything. */
  async signal(containerId: string, name: string): Promise<void> {
    const { engine, log } = this.#options;
    try {
      await engine.killContainer(containerId, { killSignal: name });
    } catch (error) {
      log.warn("the container did not get a signal", { signal: name, error: toFault(error, "lost").message });
    }
  }

  /** Removes the container whatever it is doing: the last resort of an executor that has itself failed. */
  async abandon(): Promise<void> {
    this.#watching.abort(new TaskError("lost", "Cannot watch the container: the executor failed"));
    this.#preparation.abort(new TaskError("launch", "Cannot start the container: the executor failed"));
    // A creation under way cannot be called back; what it throws was told to whoever ran it.
    await this.#prepared.catch(() => undefined);
    this.#endChecks();
    await removeContainer(this.#options, this.#options.name);
    await this.#letGo();
  }

  async #attempt(failed: (fault: EngineFault) => void, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      failed(toFault(error, "launch"));
    }
  }

  async #prepare(): Promise<void> {
    const { engine, openRequest, feed } = this.#options;
    const { signal } = this.#preparation;
    const request = this.#held.use(
      await openRequest({ signal, onPull: (image, progress) => this.#pull.note(image, progress) }),
    );
    this.#addresses = request.addresses;
    try {
      signal.throwIfAborted();
      const containerId = await createContainer(() => createSized(engine, request), this.#options);
      await request.created?.();
      try {
        await this.#connect(containerId);
      } catch (error) {
        await removeContainer(this.#options, containerId);
        throw error;
      }
      feed({ kind: "prepared", containerId });
    } catch (error) {
      await this.#letGo();
      throw error;
    }
  }

  /** What the container needed for as long as it was there, e.g. the files of its secrets. */
  async #letGo(): Promise<void> {
    await this.#held.disposeAsync();
  }

  /** Wait and output come before the start: neither tells what has already been. */
  async #connect(containerId: string): Promise<void> {
    const { spec, openOutput, fail } = this.#options;
    const signal = AbortSignal.any([this.#preparation.signal, this.#watching.signal]);
    await using opened = new AsyncDisposableStack();
    const { wait, output } = await connectContainer(containerId, {
      ...this.#options,
      terminal: spec.container.Tty ? "yes" : "no",
      waitSignal: signal,
      outputSignal: this.#preparation.signal,
    });
    opened.use(wait);
    opened.use(output);
    const target = opened.use(await openOutput());
    signal.throwIfAborted();
    opened.move();
    this.#output.start({ containerId, output, target, signal: this.#watching.signal }, fail);
    this.#watch(containerId, wait);
  }

  #watch(containerId: string, wait: Parameters<typeof watchExit>[2]): void {
    const { engine, clock, log, feed } = this.#options;
    const { signal } = this.#watching;
    const onBroken = () => this.#output.distrust();
    const watched = watchExit(engine, containerId, wait, { clock, log, signal, onBroken }).then(
      (status) => feed({ kind: "exited", status }),
      (error: unknown) => signal.aborted || feed({ kind: "vanished", fault: toFault(error, "lost") }),
    );
    watched.catch(this.#options.fail);
  }

  async #start(containerId: string): Promise<void> {
    const { spec, feed } = this.#options;
    const options = { ...this.#options, signal: this.#starting.signal };
    await startContainer(containerId, options);
    this.#watchDisk(containerId);
    if (spec.terminal) await resizeTerminal(containerId, spec.terminal, options);
    const container = await inspectStarted(containerId, options);
    this.#process = findProcess(container.State.Pid, containerId);
    const addresses = this.#addresses ?? toAddresses(container);
    feed({ kind: "started", container: { inspection: container.raw, addresses } });
    this.#memory = this.#options.watchMemory?.(this.#process);
    if (this.#memory) this.#held.use(this.#memory);
  }

  /** Few tasks have checks, so their code is loaded by the first one. */
  async #beginChecks(containerId: string): Promise<void> {
    const { spec, killGraceMs, feed, clock } = this.#options;
    const { TaskChecks } = await import("../checks/task_checks.ts");
    if (!spec.checks || this.#checking === "ended") return;
    this.#checks = new TaskChecks({
      ...this.#options,
      spec: spec.checks,
      containerId,
      ...(this.#process ? { pid: this.#process.pid } : {}),
      checked: (result) => feed({ kind: "checked", result }),
      judged: ({ verdict, why, kill }) => {
        feed({ kind: "judged", verdict, why });
        const stop = { reason: "unhealthy", graceMs: killGraceMs, deadline: clock.now() + killGraceMs, why } as const;
        if (kill === "yes") feed({ kind: "stop", stop });
      },
    });
    if (this.#checking === "paused") this.#checks.pause();
  }

  #endChecks(): void {
    this.#checking = "ended";
    this.#checks?.[Symbol.dispose]();
  }

  #limitStart(afterMs: number): Promise<void> {
    return afterPause(afterMs, { ...this.#options, signal: this.#watching.signal }, () =>
      this.#starting.abort(new TaskError("launch", "Cannot start the container: the daemon did not in time")),
    );
  }

  #watchDisk(containerId: string): void {
    const { feed, fail } = this.#options;
    const { signal } = this.#watching;
    watchTaskDisk(containerId, { ...this.#options, signal })
      .then((stop) => feed({ kind: "stop", stop }))
      .catch((error: unknown) => signal.aborted || fail(error));
  }

  #stop(containerId: string, graceMs: number, delayMs: number): Promise<void> {
    const options = { ...this.#options, signal: this.#watching.signal };
    return afterPause(delayMs, options, () =>
      stopContainer(containerId, graceMs, { ...options, process: this.#process }),
    );
  }

  async #collect(containerId: string, status: number): Promise<void> {
    const finding = findCause(containerId, { ...this.#options, seen: this.#memory });
    const [cause] = await Promise.all([finding, this.#output.drain()]);
    this.#options.feed({ kind: "collected", exit: { status, cause, stderrTail: this.#output.stderrTail } });
  }

  async #remove(containerId: string, end: ContainerEnd | undefined): Promise<void> {
    this.#watching.abort(new TaskError("lost", "Cannot watch the container: it is being removed"));
    const isKept = end !== undefined && this.#options.keep?.(containerId, end) === "kept";
    if (!isKept) await removeContainer(this.#options, containerId);
    await this.#letGo();
    this.#options.feed({ kind: "removed" });
  }
}
