import type { StatusInit, TaskInfo } from "./protocol.ts";
import { formatUuid } from "./uuid.ts";

/** A status update as it was sent, or is still to be sent. */
export interface SentStatus {
  readonly taskId: string;
  readonly uuid: Uint8Array;
  /** The complete message, with uuid and task id. */
  readonly status: StatusInit;
}

/**
 * What an executor owes its agent (contract A.9): every update until its own ACKNOWLEDGED, in order, and every task
 * until any of its updates was acknowledged. Both travel inside SUBSCRIBE, and nowhere else a second time.
 */
export class Unacknowledged {
  readonly #tasks = new Map<string, TaskInfo>();
  readonly #updates = new Map<string, SentStatus>();

  /** Updates in the order in which they were made. */
  get updates(): readonly SentStatus[] {
    return [...this.#updates.values()];
  }

  /** Tasks that the agent may not know to have arrived, in the order in which they did. */
  get tasks(): readonly TaskInfo[] {
    return [...this.#tasks.values()];
  }

  get isEmpty(): boolean {
    return this.#updates.size === 0 && this.#tasks.size === 0;
  }

  addTask(task: TaskInfo): void {
    this.#tasks.set(task.taskId?.value ?? "", task);
  }

  addUpdate(sent: SentStatus): void {
    this.#updates.set(formatUuid(sent.uuid), sent);
  }

  /** Takes note of an ACKNOWLEDGED; one that is repeated or not ours changes nothing and gives `undefined`. */
  acknowledge(uuid: Uint8Array): SentStatus | undefined {
    const key = formatUuid(uuid);
    const sent = this.#updates.get(key);
    if (sent === undefined) return undefined;
    this.#updates.delete(key);
    this.#tasks.delete(sent.taskId);
    return sent;
  }
}
