import { type Containerizer, type Exchange, processContainerizer } from "../../src/mesos/embedded/mod.ts";
import { Call_Type } from "../../src/mesos/protocol.ts";
import { readCpuMs } from "./process_cost.ts";

/** An executor's process, and where it stood when its SUBSCRIBE had arrived. */
export interface ExecutorProcess {
  readonly pid: number;
  readonly subscribedAtMs: number;
  readonly subscribedCpuMs: number;
}

/** Learns which processes an agent's executors are, by their ids. */
export class ExecutorProcesses {
  readonly #pids = new Map<string, number>();
  readonly #processes = new Map<string, ExecutorProcess>();
  /** When those subscribed that were faster than the news of their process. */
  readonly #early = new Map<string, number>();

  /** For the agent: starts executors as processes of this host. */
  readonly containerizer: Containerizer = {
    launch: async (spec, options) => {
      const container = await processContainerizer.launch(spec, options);
      const executorId = spec.environment.MESOS_EXECUTOR_ID ?? "";
      if (container.pid === undefined) return container;
      this.#pids.set(executorId, container.pid);
      const subscribedAtMs = this.#early.get(executorId);
      if (subscribedAtMs !== undefined) this.#note(executorId, container.pid, subscribedAtMs);
      return container;
    },
  };

  /** For the agent: sees each request right after it was taken. */
  readonly observe = ({ call }: Exchange): void => {
    if (call?.type !== Call_Type.SUBSCRIBE) return;
    const executorId = call.executorId?.value ?? "";
    const pid = this.#pids.get(executorId);
    const subscribedAtMs = performance.now();
    if (pid === undefined) this.#early.set(executorId, subscribedAtMs);
    else this.#note(executorId, pid, subscribedAtMs);
  };

  #note(executorId: string, pid: number, subscribedAtMs: number): void {
    this.#processes.set(executorId, { pid, subscribedAtMs, subscribedCpuMs: readCpuMs(pid) });
  }

  /** The process of an executor that was started; undefined before. */
  findPid(executorId: string): number | undefined {
    return this.#pids.get(executorId);
  }

  /** The process of an executor that has subscribed; throws when it has not. */
  get(executorId: string): ExecutorProcess {
    const found = this.#processes.get(executorId);
    if (found === undefined) throw new Error(`Cannot measure executor "${executorId}": it has not subscribed`);
    return found;
  }
}
