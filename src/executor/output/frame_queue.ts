import type { OutputFrame } from "../../docker/mod.ts";

/** Most that is written at once: small frames are joined up to it, and larger ones are not copied. */
const batchBytes = 256 * 1024;

/** What may wait while a write is under way. */
const queueBytes = 1024 * 1024;

/** Takes bytes of a stream; called again when it has resolved, and must not reject. */
export type FrameTarget = (stream: OutputFrame["stream"], bytes: Uint8Array) => Promise<void>;

/** Frames of one stream that are written at once. */
interface Batch {
  readonly stream: OutputFrame["stream"];
  readonly parts: Uint8Array[];
  bytes: number;
}

/**
 * Frames on their way to a file: those that come while one is being written are joined, because a container that writes
 * its lines one by one sends each in a frame of its own. All frames are written in the order in which they came.
 */
export class FrameQueue {
  readonly #write: FrameTarget;
  readonly #batches: Batch[] = [];
  /** Made when frames are joined for the first time, and used again: one batch is written at a time. */
  #joined: Uint8Array | undefined;
  #waitingBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #pumping: Promise<void> | undefined;

  constructor(write: FrameTarget) {
    this.#write = write;
  }

  /** Resolves when there is room for more. */
  async push({ stream, bytes }: OutputFrame): Promise<void> {
    const last = this.#batches.at(-1);
    if (last?.stream === stream && last.bytes + bytes.length <= batchBytes) {
      last.parts.push(bytes);
      last.bytes += bytes.length;
    } else {
      this.#batches.push({ stream, parts: [bytes], bytes: bytes.length });
    }
    this.#waitingBytes += bytes.length;
    this.#pumping ??= this.#pump();
    if (this.#waitingBytes > queueBytes) await this.#writing;
  }

  /** Resolves when all has been written. */
  async drained(): Promise<void> {
    await this.#pumping;
  }

  async #pump(): Promise<void> {
    for (let batch = this.#batches.shift(); batch; batch = this.#batches.shift()) {
      this.#waitingBytes -= batch.bytes;
      this.#writing = this.#write(batch.stream, this.#join(batch));
      await this.#writing;
    }
    this.#pumping = undefined;
  }

  #join({ parts }: Batch): Uint8Array {
    const [first, second] = parts;
    if (first !== undefined && second === undefined) return first;
    this.#joined ??= new Uint8Array(batchBytes);
    let at = 0;
    for (const part of parts) {
      this.#joined.set(part, at);
      at += part.length;
    }
    return this.#joined.subarray(0, at);
  }
}
