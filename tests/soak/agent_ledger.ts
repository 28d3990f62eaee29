import { isTerminal } from "../../src/cluster/task_end.ts";
import type { AgentReport, Exchange } from "../../src/mesos/embedded/mod.ts";
import { Call_Type, type TaskStatus } from "../../src/mesos/protocol.ts";
import { formatUuid } from "../../src/mesos/uuid.ts";

/** Everything that the agent heard from executors, and everything that it told its framework. */
export class AgentLedger {
  /** Statuses that the agent has told, by task, in order. */
  readonly told = new Map<string, TaskStatus[]>();
  /** Statuses that arrived and were accepted, each uuid once, by task, in the order of their first arrival. */
  readonly heard = new Map<string, TaskStatus[]>();
  readonly #uuids = new Set<string>();
  readonly #exits = new Set<string>();
  readonly #waiting = new Map<string, () => void>();

  /** For the agent: sees each request right after it was answered. */
  readonly observe = ({ call, status }: Exchange): void => {
    if (!call || status >= 300) return;
    const updates =
      call.type === Call_Type.SUBSCRIBE
        ? (call.subscribe?.unacknowledgedUpdates ?? [])
        : call.type === Call_Type.UPDATE && call.update
          ? [call.update]
          : [];
    for (const update of updates) if (update.status) this.#hear(update.status);
  };

  /** Reads what the agent tells until it ends. */
  async read(reports: AsyncIterable<AgentReport>): Promise<void> {
    for await (const report of reports) {
      if (report.kind === "exit") this.#exits.add(report.executorId);
      if (report.kind !== "update") continue;
      const taskId = report.status.taskId?.value ?? "";
      append(this.told, taskId, report.status);
      if (isTerminal(report.status)) this.#waiting.get(taskId)?.();
    }
  }

  hasExited(executorId: string): boolean {
    return this.#exits.has(executorId);
  }

  /** The terminal status of a task as soon as the agent has told it, or undefined when it has not in time. */
  async end(taskId: string, patienceMs: number): Promise<TaskStatus | undefined> {
    const find = () => this.told.get(taskId)?.find(isTerminal);
    if (find()) return find();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(taskId, resolve);
    const timer = setTimeout(resolve, patienceMs);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(taskId);
    return find();
  }

  #hear(status: TaskStatus): void {
    const uuid = formatUuid(status.uuid);
    if (this.#uuids.has(uuid)) return;
    this.#uuids.add(uuid);
    append(this.heard, status.taskId?.value ?? "", status);
  }
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
