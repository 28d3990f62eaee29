import { waitFor } from "../call.ts";
import { free, takeOver } from "../loose_memory.ts";
import type { BlobContent, ReadBlobOptions, Registry, Upload } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import type { ByteSpan } from "../values/byte_range.ts";
import type { Digest } from "../values/digest.ts";

/** What is kept in memory of a blob that is being stored: more than a store buffers before it writes. */
const windowBytes = 1536 * 1024;

type State =
  | { kind: "growing" }
  | { kind: "stored" }
  | { kind: "failed"; error: unknown }
  /** The store cannot keep it; whoever reads goes on past the store. */
  | { kind: "passing"; read: (span: ByteSpan, from: number) => AsyncIterable<Uint8Array> };

/** A blob that is being stored while others read it. */
export class GrowingBlob {
  readonly #store: Registry;
  readonly #repository: string;
  readonly #digest: Digest;
  readonly #size: number;
  readonly #upload: Upload;
  /** The pieces that came last, and where the first of them begins. */
  readonly #window: HeldPiece[] = [];
  #windowFirst: number;
  #available: number;
  #state: State = { kind: "growing" };
  #changed = Promise.withResolvers<void>();

  constructor(place: { store: Registry; repository: string; digest: Digest; size: number; upload: Upload }) {
    this.#store = place.store;
    this.#repository = place.repository;
    this.#digest = place.digest;
    this.#size = place.size;
    this.#upload = place.upload;
    // What an earlier transfer has left is read from the store.
    this.#windowFirst = place.upload.size;
    this.#available = place.upload.size;
  }

  /**
   * Passes a body on to the store, and remembers the last of it for those who read along. May be called again with the same
   * body when the store has failed: it is given once more what it has lost. UNAVAILABLE when that is not there any more.
   */
  async *pass(body: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { size } = this.#upload;
    if (size < this.#windowFirst) {
      const found = `what was written of it is lost from byte ${size} on`;
      throw new RegistryError("UNAVAILABLE", `Cannot store "${this.#digest}": ${found}`);
    }
    yield* this.#readWindow(size, this.#available - 1, true);
    for (;;) {
      const { done, value: bytes } = await body.next();
      if (done) return;
      this.#window.push(new HeldPiece(bytes));
      this.#available += bytes.byteLength;
      this.#wake();
      yield bytes;
      // Let go once the store has more than it buffers: what is peeked at lies before the window.
      for (let first = this.#window[0]; first && this.#isTooLong(first); first = this.#window[0]) {
        this.#windowFirst += first.size;
        this.#window.shift();
        first.letGo();
      }
    }
  }

  /** It is in the store, and was what it should be. */
  stored(): void {
    this.#state = { kind: "stored" };
    this.#emptyWindow();
    this.#wake();
  }

  /** It will not be there. */
  failed(error: unknown): void {
    this.#state = { kind: "failed", error };
    this.#emptyWindow();
    this.#wake();
  }

  /** It will not be stored; `read` gives a span of it from byte `from` on to whoever has read so far. */
  passing(read: (span: ByteSpan, from: number) => AsyncIterable<Uint8Array>): void {
    this.#state = { kind: "passing", read };
    this.#emptyWindow();
    this.#wake();
  }

  /**
   * Its bytes as they come. The last byte comes when the whole is known to be what the digest says, so that nobody takes a
   * blob for complete that was not.
   */
  async *read(span: ByteSpan, options: Omit<ReadBlobOptions, "range"> = {}): AsyncGenerator<Uint8Array> {
    const { signal } = options;
    let at = span.first;
    while (at <= span.last) {
      signal?.throwIfAborted();
      if (this.#state.kind === "failed") throw this.#state.error;
      if (this.#state.kind === "stored") return yield* this.#readStored({ first: at, last: span.last }, options);
      if (this.#state.kind === "passing") return yield* this.#state.read(span, at);
      const last = Math.min(this.#available - 1, span.last, this.#size - 2);
      if (at > last) await waitFor(this.#changed.promise, signal);
      else
        for await (const piece of this.#peek({ first: at, last }, options)) {
          at += piece.byteLength;
          yield piece;
        }
    }
  }

  async *#readStored(range: ByteSpan, { lend = false }: ReadBlobOptions): AsyncGenerator<Uint8Array> {
    await using content: BlobContent = await this.#store.getBlob(this.#repository, this.#digest, { range, lend });
    yield* content.body;
  }

  async *#peek({ first, last }: ByteSpan, options: ReadBlobOptions): AsyncGenerator<Uint8Array> {
    if (first < this.#windowFirst) {
      if (!this.#upload.peek)
        throw new RegistryError("UNSUPPORTED", "Cannot read along: the store cannot be peeked into");
      yield* this.#peekStored({ first, last: Math.min(last, this.#windowFirst - 1) }, options);
      return;
    }
    yield* this.#readWindow(first, last, options.lend ?? false);
  }

  *#readWindow(first: number, last: number, lend: boolean): Generator<Uint8Array> {
    // From the end: whoever reads along wants the last of many.
    let [begin, at] = [this.#window.length, this.#available];
    while (begin > 0 && at > first) at -= this.#window[--begin]?.size ?? 0;
    const pieces = this.#window.slice(begin);
    for (const piece of pieces) piece.take(lend);
    try {
      for (const { bytes, size } of pieces) {
        if (at > last) return;
        const part = bytes.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at));
        at += size;
        if (part.byteLength > 0) yield part;
      }
    } finally {
      for (const piece of pieces) piece.giveBack();
    }
  }

  /**
   * The upload ends under whoever reads it when it becomes a blob, or fails to, and its file may be lost before: how to go on is
   * known when it has ended.
   */
  async *#peekStored(span: ByteSpan, { signal, lend = false }: ReadBlobOptions): AsyncGenerator<Uint8Array> {
    let isThere = false;
    try {
      for await (const piece of this.#upload.peek?.(span, { lend }) ?? []) {
        isThere = true;
        yield piece;
      }
    } catch {
      // Whatever it was: if there is no other way, that is told in the end.
      isThere = false;
    }
    while (!isThere && this.#state.kind === "growing") await waitFor(this.#changed.promise, signal);
  }

  #isTooLong({ size }: HeldPiece): boolean {
    return this.#available - this.#windowFirst - size >= windowBytes;
  }

  #emptyWindow(): void {
    for (const piece of this.#window.splice(0)) piece.letGo();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** A piece that is held for readers; its memory is freed when nobody has it any more, if it was given away. */
class HeldPiece {
  readonly bytes: Uint8Array;
  readonly size: number;
  #isOurs: boolean;
  #isHeld = true;
  #readers = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.size = bytes.byteLength;
    // Of memory that is others' as well, nobody who reads it lets go.
    this.#isOurs = takeOver(bytes.buffer) && bytes.byteLength === bytes.buffer.byteLength;
  }

  /** A reader begins, who keeps what it gets unless it is lent. */
  take(lend: boolean): void {
    this.#readers++;
    if (!lend) this.#isOurs = false;
  }

  /** A reader is done. */
  giveBack(): void {
    this.#readers--;
    this.#freeUnused();
  }

  /** It is not held any more. */
  letGo(): void {
    this.#isHeld = false;
    this.#freeUnused();
  }

  #freeUnused(): void {
    if (this.#isHeld || this.#readers > 0 || !this.#isOurs) return;
    this.#isOurs = false;
    free(this.bytes.buffer);
  }
}
