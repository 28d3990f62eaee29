import type { Call, TaskStatus } from "../protocol.ts";
import type { AgentStage } from "./agent_stage.ts";
import type { ContainerExit } from "./container/containerizer.ts";
import type { ApiRequest } from "./http/surface.ts";

/** What a framework hears from the agent, and what only a test bench can tell. */
export type AgentReport =
  /** A status of a task, complete as a scheduler sees it; per task in the order in which they came. */
  | { kind: "update"; frameworkId: string; status: TaskStatus }
  /** What an executor sent to its framework. */
  | { kind: "message"; frameworkId: string; executorId: string; data: Uint8Array }
  /** An executor ended; updates of its unfinished tasks follow, as with a real agent. */
  | ({ kind: "exit"; frameworkId: string; executorId: string; containerId: string; sandbox: string } & ExecutorEnd)
  /** The agent's process ended, or came one stage nearer to running again. */
  | { kind: "stage"; stage: AgentStage }
  /** An executor did what kills a real agent (contract A.8). */
  | { kind: "violation"; frameworkId: string; executorId: string; message: string };

/** How an executor ended; `message` says why it never started. */
export interface ExecutorEnd {
  exit: ContainerExit | { kind: "not started"; message: string };
}

/** A request and how it was answered. */
export interface Exchange {
  request: ApiRequest;
  /** The call in it, as far as it could be read. */
  call?: Call;
  status: number;
}

/** Hands reports to any number of readers, each of which sees all that come after it was opened. */
export class ReportChannel {
  readonly #readers = new Set<Reader>();
  #isClosed = false;

  /** Gives a report to every reader. */
  push(report: AgentReport): void {
    for (const reader of this.#readers) reader.push(report);
  }

  /** Reports from now on; kept until read. Ends with the channel, or with the signal, whose reason is not thrown. */
  open(options: { signal?: AbortSignal } = {}): AsyncIterableIterator<AgentReport> {
    const { signal } = options;
    const reader = new Reader(() => {
      this.#readers.delete(reader);
      signal?.removeEventListener("abort", end);
    });
    const end = () => reader.end();
    this.#readers.add(reader);
    signal?.addEventListener("abort", end, { once: true });
    if (this.#isClosed || signal?.aborted) end();
    return reader;
  }

  /** Ends every reader after what it still has to read. */
  close(): void {
    this.#isClosed = true;
    for (const reader of this.#readers) reader.end();
  }
}

type Result = IteratorResult<AgentReport, undefined>;

class Reader implements AsyncIterableIterator<AgentReport> {
  readonly #onEnd: () => void;
  #unread: AgentReport[] = [];
  #waiting: ((result: Result) => void)[] = [];
  #hasEnded = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  push(report: AgentReport): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting({ value: report, done: false });
    else this.#unread.push(report);
  }

  end(): void {
    this.#hasEnded = true;
    this.#onEnd();
    for (const waiting of this.#waiting.splice(0)) waiting({ value: undefined, done: true });
  }

  next(): Promise<Result> {
    const report = this.#unread.shift();
    if (report) return Promise.resolve({ value: report, done: false });
    if (this.#hasEnded) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<Result> {
    this.#unread = [];
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
