import type { ByteSpan } from "../values/byte_range.ts";
import type { Digest, DigestAlgorithm } from "../values/digest.ts";
import type { ReadBytesOptions, StorageSession } from "./storage.ts";

/** Who counts the bytes of a session. */
export interface SessionMeter {
  /** So many bytes more, or less. */
  count(bytes: number): void;
  /** Counts a blob that `publish` makes of the session. */
  put(digest: Digest, publish: () => Promise<void>): Promise<void>;
  /** The session is over. */
  forget(): void;
}

/** A session whose bytes are counted when they have been written, until it is over. */
export class MeteredSession implements StorageSession {
  readonly #inner: StorageSession;
  readonly #meter: SessionMeter;
  /** Of an earlier process' session, what it has is counted with the rest of the store. */
  #counted: number;

  constructor(inner: StorageSession, meter: SessionMeter) {
    this.#inner = inner;
    this.#meter = meter;
    this.#counted = inner.size;
  }

  get id(): string {
    return this.#inner.id;
  }

  get algorithm(): DigestAlgorithm {
    return this.#inner.algorithm;
  }

  get size(): number {
    return this.#inner.size;
  }

  get countedBytes(): number {
    return this.#counted;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#counting(() => this.#inner.write(bytes));
  }

  async rest(): Promise<void> {
    await this.#counting(() => this.#inner.rest());
  }

  read(): AsyncIterable<Uint8Array> {
    return this.#inner.read();
  }

  peek(span: ByteSpan, options?: Pick<ReadBytesOptions, "lend">): AsyncIterable<Uint8Array> {
    return this.#inner.peek(span, options);
  }

  async publish(digest: Digest): Promise<void> {
    await this.#meter.put(digest, () => this.#inner.publish(digest));
    this.#end();
  }

  async discard(): Promise<void> {
    await this.#inner.discard();
    this.#end();
  }

  async #counting(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } finally {
      this.#countTo(this.size);
    }
  }

  #end(): void {
    this.#countTo(0);
    this.#meter.forget();
  }

  #countTo(size: number): void {
    const more = size - this.#counted;
    this.#counted = size;
    if (more !== 0) this.#meter.count(more);
  }
}
