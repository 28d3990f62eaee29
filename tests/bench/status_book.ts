import { formatState, isTerminal } from "../../src/cluster/task_end.ts";
import type { AgentReport } from "../../src/mesos/embedded/mod.ts";
import type { TaskStatus } from "../../src/mesos/protocol.ts";

/** A status, and when it arrived at its framework (`performance.now()`). */
export interface Arrival {
  readonly status: TaskStatus;
  readonly atMs: number;
}

/** Notes when each status arrives, and wakes whoever waits for one. */
export class StatusBook {
  readonly #arrivals: Arrival[] = [];
  readonly #exits = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #hasEnded = false;

  /** Reads reports until they end; never rejects. */
  async read(reports: AsyncIterable<AgentReport>): Promise<void> {
    for await (const report of reports) {
      if (report.kind === "update") this.#arrivals.push({ status: report.status, atMs: performance.now() });
      if (report.kind === "exit") this.#exits.add(report.executorId);
      this.#wake();
    }
    this.#hasEnded = true;
    this.#wake();
  }

  /** The task's first status that `isWanted`; throws when the task ends without one, or the signal is aborted. */
  async reach(
    taskId: string,
    isWanted: (status: TaskStatus) => boolean,
    options: { signal: AbortSignal },
  ): Promise<Arrival> {
    return await this.#until(options.signal, () => {
      const own = this.#arrivals.filter(({ status }) => status.taskId?.value === taskId);
      const found = own.find(({ status }) => isWanted(status));
      const end = own.find(({ status }) => isTerminal(status))?.status;
      if (!found && end) throw new Error(`it ended with ${formatState(end.state)} (${end.message || "no message"})`);
      return found;
    });
  }

  /** Resolves when the executor's process has ended. */
  async exit(executorId: string, options: { signal: AbortSignal }): Promise<void> {
    await this.#until(options.signal, () => this.#exits.has(executorId) || undefined);
  }

  async #until<T>(signal: AbortSignal, look: () => T | undefined): Promise<T> {
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        const found = look();
        if (found !== undefined) return found;
        if (this.#hasEnded) throw new Error("Cannot wait for a task: the agent has ended");
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
