import { waitFor } from "../../../registry/call.ts";
import type { Engine } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { createContainer } from "../container/creation.ts";
import { removeContainer } from "../container/removal.ts";
import type { OpenRequest } from "../container/request.ts";
import { inspectStarted, startContainer, toAddresses } from "../container/starting.ts";
import { watchExit } from "../container/watch.ts";
import { toFault } from "../task/engine_fault.ts";
import { describeExit } from "../task/exit_status.ts";
import { TaskError } from "../task/task_error.ts";
import type { TaskSpec } from "../task/task_spec.ts";
import { ensureInfraImage } from "./infra_image.ts";
import type { RunningInfra } from "./joining.ts";

/** What the container of a group is made with. */
export interface InfraOptions {
  engine: Engine;
  clock: Clock;
  log: Log;
  name: string;
  spec: TaskSpec;
  /** Makes the request for the container, once its image is there. */
  openRequest: (options: { signal: AbortSignal }) => Promise<OpenRequest>;
  /** Hears, in words, of an end that nobody has asked for. */
  lost: (why: string) => void;
  /** Takes an error that is neither the daemon's nor a task's. */
  fail: (error: unknown) => void;
}

/** The container that holds what the tasks of a group share: made for the first that asks, gone when it is closed. */
export class InfraContainer {
  readonly #options: InfraOptions;
  readonly #closing = new AbortController();
  readonly #held = new AsyncDisposableStack();
  #opening: Promise<RunningInfra> | undefined;

  constructor(options: InfraOptions) {
    this.#options = options;
  }

  /** The container, which runs; whoever stops waiting leaves it to the others. Throws {@link TaskError}. */
  async open({ signal }: { signal: AbortSignal }): Promise<RunningInfra> {
    signal.throwIfAborted();
    this.#opening ??= this.#make();
    return await waitFor(this.#opening, signal);
  }

  /** Removes the container, whatever it is doing; does nothing when nobody has asked for it. */
  async close(): Promise<void> {
    if (!this.#opening) return;
    this.#closing.abort(new TaskError("launch", "Cannot make the container of a task group: its tasks have ended"));
    // What it throws was told to whoever waited for it; a creation under way cannot be called back.
    await this.#opening.catch(() => undefined);
    await removeContainer(this.#options, this.#options.name);
    await this.#held.disposeAsync();
  }

  async #make(): Promise<RunningInfra> {
    try {
      return await this.#start();
    } catch (error) {
      const { code, message } = toFault(error, "launch");
      throw new TaskError(code, `Cannot make the container of the task group: ${message}`, { cause: error });
    }
  }

  async #start(): Promise<RunningInfra> {
    const { engine, clock, log, lost, fail, openRequest } = this.#options;
    const { signal } = this.#closing;
    await ensureInfraImage(engine, { signal });
    const { create } = this.#held.use(await openRequest({ signal }));
    const containerId = await createContainer(() => engine.createContainer(create), this.#options);
    const wait = await engine.openWait(containerId, { signal });
    await startContainer(containerId, { ...this.#options, signal });
    const container = await inspectStarted(containerId, { ...this.#options, signal });
    watchExit(engine, containerId, wait, { clock, log, signal })
      .then(
        (status) => signal.aborted || lost(describeExit(status)),
        (error: unknown) => signal.aborted || lost(toFault(error, "lost").message),
      )
      .catch(fail);
    return { containerId, addresses: toAddresses(container) };
  }
}
