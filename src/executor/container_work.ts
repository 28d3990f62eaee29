import type { ContainerInspect, ContainerOutput, Engine } from "../docker/mod.ts";
import { type Clock, sleep } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { watchExit } from "./container_watch.ts";
import { toContainerCreate } from "./create_body.ts";
import { toFault } from "./engine_fault.ts";
import { ensureImage } from "./image.ts";
import type { EngineFault } from "./report.ts";
import { TaskError } from "./task_error.ts";
import type { TaskOutput } from "./task_output.ts";
import type { TaskSpec } from "./task_spec.ts";
import type { ContainerExit, StartedContainer, TaskInput } from "./task_state.ts";
import type { TaskEffect } from "./task_step.ts";

/** What a task's work with the daemon needs. */
export interface ContainerWorkOptions {
  engine: Engine;
  name: string;
  labels: Readonly<Record<string, string>>;
  openOutput: () => Promise<TaskOutput>;
  clock: Clock;
  log: Log;
  /** Takes what comes of the work. */
  feed: (input: TaskInput) => void;
  /** Takes an error that is neither the daemon's nor the task's. */
  fail: (error: unknown) => void;
}

/** Output that has not moved for this long after the container's end is given up. */
const outputStallMs = 10_000;

/** Looks at a container that has just been started, and the pause between them. */
const inspectAttempts = 10;
const inspectRetryMs = 500;

/** Attempts to remove a container, and the pause between them. */
const removeAttempts = 5;
const removeRetryMs = 1000;

/** Does the effects of one task on the daemon and feeds their results back. No method throws for the daemon's faults. */
export class ContainerWork {
  readonly #options: ContainerWorkOptions;
  readonly #preparation = new AbortController();
  /** Ends the watch: a container that never started is waited for in vain, even when it is removed. */
  readonly #watching = new AbortController();
  #prepared: Promise<void> = Promise.resolve();
  #output: Promise<void> = Promise.resolve();
  #outputMoved = 0;

  constructor(options: ContainerWorkOptions) {
    this.#options = options;
  }

  /** Does one effect; resolves when it is done and its result was fed back. */
  async run(effect: Exclude<TaskEffect, { kind: "report" }>): Promise<void> {
    const { feed } = this.#options;
    switch (effect.kind) {
      case "prepare":
        this.#prepared = this.#attempt(
          (fault) => feed({ kind: "prepare_failed", fault }),
          () => this.#prepare(effect.spec),
        );
        return this.#prepared;
      case "abort_prepare":
        return this.#preparation.abort(new TaskError("launch", "Cannot start the container: the task was stopped"));
      case "start":
        return this.#attempt(
          (fault) => feed({ kind: "start_failed", fault }),
          () => this.#start(effect.containerId),
        );
      case "stop":
        return this.#stop(effect.containerId, effect.graceMs, effect.delayMs);
      case "collect":
        return this.#collect(effect.containerId, effect.status);
      case "remove":
        return this.#remove(effect.containerId);
    }
  }

  /** Removes the container whatever it is doing: the last resort of an executor that has itself failed. */
  async abandon(): Promise<void> {
    this.#watching.abort(new TaskError("lost", "Cannot watch the container: the executor failed"));
    this.#preparation.abort(new TaskError("launch", "Cannot start the container: the executor failed"));
    // A creation under way cannot be called back; what it throws was told to whoever ran it.
    await this.#prepared.catch(() => undefined);
    await this.#tryRemove(this.#options.name);
  }

  async #attempt(failed: (fault: EngineFault) => void, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      failed(toFault(error, "launch"));
    }
  }

  async #prepare(spec: TaskSpec): Promise<void> {
    const { engine, name, labels, feed } = this.#options;
    const { signal } = this.#preparation;
    await ensureImage(engine, spec, { signal });
    signal.throwIfAborted();
    const containerId = await this.#create(() => engine.createContainer(toContainerCreate(spec, { name, labels })));
    try {
      await this.#connect(containerId);
    } catch (error) {
      await this.#tryRemove(containerId);
      throw error;
    }
    feed({ kind: "prepared", containerId });
  }

  /** Wait and output come before the start: neither tells what has already been. */
  async #connect(containerId: string): Promise<void> {
    const { engine, openOutput, fail } = this.#options;
    const signal = AbortSignal.any([this.#preparation.signal, this.#watching.signal]);
    await using opened = new AsyncDisposableStack();
    const wait = opened.use(await engine.openWait(containerId, { signal }));
    const output = opened.use(await engine.openAttach(containerId, { signal: this.#preparation.signal }));
    const target = opened.use(await openOutput());
    signal.throwIfAborted();
    opened.move();
    this.#output = this.#copyOutput(output, target).catch(fail);
    this.#watch(containerId, wait);
  }

  /** Never aborted half way: a request that the daemon has already taken would leave a container that nobody knows. */
  async #create(create: () => Promise<{ id: string; warnings: readonly string[] }>): Promise<string> {
    try {
      const { id, warnings } = await create();
      for (const warning of warnings) this.#options.log.warn("the daemon warns", { warning });
      return id;
    } catch (error) {
      await this.#tryRemove(this.#options.name);
      throw new TaskError("launch", toFault(error, "launch").message, { cause: error });
    }
  }

  #watch(containerId: string, wait: Parameters<typeof watchExit>[2]): void {
    const { engine, clock, log, feed } = this.#options;
    const { signal } = this.#watching;
    const watched = watchExit(engine, containerId, wait, { clock, log, signal }).then(
      (status) => feed({ kind: "exited", status }),
      (error: unknown) => signal.aborted || feed({ kind: "vanished", fault: toFault(error, "lost") }),
    );
    watched.catch(this.#options.fail);
  }

  async #start(containerId: string): Promise<void> {
    const { engine, feed } = this.#options;
    await engine.startContainer(containerId);
    const container = await this.#inspectStarted(containerId);
    if (!container) throw new TaskError("lost", `Container ${containerId} disappeared when it was started`);
    const networks = Object.values(container.NetworkSettings.Networks);
    const addresses = networks.flatMap((network): StartedContainer["addresses"] => [
      ...(network.IPAddress ? [{ address: network.IPAddress, family: "ipv4" } as const] : []),
      ...(network.GlobalIPv6Address ? [{ address: network.GlobalIPv6Address, family: "ipv6" } as const] : []),
    ]);
    feed({ kind: "started", container: { inspection: container.raw, addresses } });
  }

  /** Looks more than once: a container that has started is no failed task because the daemon was busy (contract B.6). */
  async #inspectStarted(containerId: string): Promise<ContainerInspect | undefined> {
    const { engine, clock, log } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await engine.inspectContainer(containerId);
      } catch (error) {
        if (attempt === inspectAttempts) throw error;
        log.warn("the daemon did not describe the container", { error: toFault(error, "launch").message });
        await sleep(clock, inspectRetryMs);
      }
    }
  }

  /** The daemon takes whole seconds; a part of one is rounded up, so that no grace is cut short. */
  async #stop(containerId: string, graceMs: number, delayMs: number): Promise<void> {
    const { engine, clock, log, feed } = this.#options;
    const { signal } = this.#watching;
    try {
      if (delayMs > 0) await sleep(clock, delayMs, { signal });
      if (graceMs > 0) await engine.stopContainer(containerId, { graceSeconds: Math.ceil(graceMs / 1000) });
      else await engine.killContainer(containerId, { killSignal: "SIGKILL" });
    } catch (error) {
      // It has ended meanwhile and is being removed: there is nothing left to stop.
      if (signal.aborted) return;
      log.error("the daemon did not stop the container", {
        container: containerId,
        error: toFault(error, "lost").message,
      });
      feed({ kind: "stop_failed" });
    }
  }

  async #collect(containerId: string, status: number): Promise<void> {
    await this.#drainOutput();
    const cause = await this.#findCause(containerId);
    this.#options.feed({ kind: "collected", exit: { status, cause } });
  }

  /** The status is known by now, and is not given up when the daemon cannot tell its cause. */
  async #findCause(containerId: string): Promise<ContainerExit["cause"]> {
    const { engine, log } = this.#options;
    try {
      const container = await engine.inspectContainer(containerId);
      return container?.State.OOMKilled ? "out_of_memory" : "exit";
    } catch (error) {
      const { message } = toFault(error, "lost");
      log.warn("cannot tell whether the container was out of memory", { container: containerId, error: message });
      return "exit";
    }
  }

  async #remove(containerId: string): Promise<void> {
    this.#watching.abort(new TaskError("lost", "Cannot watch the container: it is being removed"));
    await this.#tryRemove(containerId);
    this.#options.feed({ kind: "removed" });
  }

  async #tryRemove(container: string): Promise<void> {
    const { engine, clock, log } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await engine.removeContainer(container, { force: true, volumes: true });
      } catch (error) {
        const { message } = toFault(error, "lost");
        if (attempt === removeAttempts) return log.error("container left behind", { container, error: message });
        log.warn("the daemon did not remove the container", { container, error: message });
        await sleep(clock, removeRetryMs);
      }
    }
  }

  async #copyOutput(output: ContainerOutput, target: TaskOutput): Promise<void> {
    await using _source = output;
    await using _target = target;
    try {
      for await (const frame of output) {
        await target.write(frame);
        this.#outputMoved = this.#options.clock.now();
      }
    } catch (error) {
      this.#options.log.error("output of the container broke off", { error: toFault(error, "lost").message });
    }
  }

  /** Waits until all output is in the sandbox, unless a process that outlived the container holds it open in silence. */
  async #drainOutput(): Promise<void> {
    const { clock, log } = this.#options;
    const drained = this.#output.then(() => "drained" as const);
    let since = clock.now();
    for (;;) {
      const stall = new AbortController();
      const waited = sleep(clock, outputStallMs, stall).then(
        () => "waited" as const,
        () => "drained" as const,
      );
      const outcome = await Promise.race([drained, waited]);
      stall.abort();
      if (outcome === "drained") return;
      if (this.#outputMoved < since) return log.warn("output of the container did not end with it");
      since = clock.now();
    }
  }
}
