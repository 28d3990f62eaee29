import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { RegistryError } from "../registry_error.ts";
import type { ReadBytesOptions, StorageSession } from "../store/storage.ts";
import type { ByteSpan } from "../values/byte_range.ts";
import type { Digest, DigestAlgorithm } from "../values/digest.ts";
import { type Durability, linkFile, sizeOf, syncFolder } from "./durable_file.ts";
import { readFileStream } from "./file_stream.ts";

/**
 * Pieces are gathered in a buffer of that size: fewer, larger writes, and a caller may use its own buffer again. One
 * buffer fills, and is hashed by the caller, while the other is written.
 */
const bufferBytes = 512 * 1024;

/** Where a session becomes a blob. */
export interface Publication {
  readonly blob: (digest: Digest) => string;
  readonly pool: (digest: Digest) => string;
  readonly durability: Durability;
}

/** An upload in a file of its own, which outlives this process. */
export class LayoutSession implements StorageSession {
  readonly id: string;
  readonly algorithm: DigestAlgorithm;
  readonly #path: string;
  readonly #publication: Publication;
  #handle: FileHandle | undefined;
  #filling: Buffer | undefined;
  #pendingBytes = 0;
  #spare: Buffer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #writtenBytes: number;

  constructor(id: string, algorithm: DigestAlgorithm, path: string, size: number, publication: Publication) {
    this.id = id;
    this.algorithm = algorithm;
    this.#path = path;
    this.#writtenBytes = size;
    this.#publication = publication;
  }

  get size(): number {
    return this.#writtenBytes + this.#pendingBytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength; ) {
      this.#filling ??= Buffer.allocUnsafe(bufferBytes);
      const part = bytes.subarray(at, at + bufferBytes - this.#pendingBytes);
      this.#filling.set(part, this.#pendingBytes);
      this.#pendingBytes += part.byteLength;
      at += part.byteLength;
      if (this.#pendingBytes === bufferBytes) await this.#turn();
    }
  }

  async rest(): Promise<void> {
    try {
      await this.#flush();
    } catch (error) {
      // Pieces go out one after the other: what the file has is a beginning, from which the upload can go on.
      this.#writing = Promise.resolve();
      this.#writtenBytes = (await sizeOf(this.#path)) ?? 0;
      throw error;
    } finally {
      this.#filling = undefined;
      this.#spare = undefined;
      this.#pendingBytes = 0;
      await this.#close();
    }
  }

  async *read(): AsyncGenerator<Uint8Array> {
    await this.rest();
    yield* readFileStream(this.#path);
  }

  peek(span: ByteSpan, options?: Pick<ReadBytesOptions, "lend">): AsyncIterable<Uint8Array> {
    return readFileStream(this.#path, { ...options, span });
  }

  async publish(digest: Digest): Promise<void> {
    const { blob, pool, durability } = this.#publication;
    const target = blob(digest);
    await this.#flush();
    if (durability === "full") await (await this.#open()).sync();
    await this.#close();
    // The same content is there already, here or in another repository: one copy is enough.
    if ((await sizeOf(target)) !== undefined || (await linkFile(pool(digest), target))) {
      await rm(this.#path, { force: true });
    } else {
      await this.#assertWhole(digest);
      await mkdir(dirname(target), { recursive: true });
      await rename(this.#path, target);
      await linkFile(target, pool(digest));
    }
    await syncFolder(dirname(target), durability);
  }

  /** The digest is of the bytes that were given, and not of the file: somebody else on this host may have shortened that. */
  async #assertWhole(digest: Digest): Promise<void> {
    const found = await sizeOf(this.#path);
    if (found === this.#writtenBytes) return;
    const sizes = `its file has ${found ?? "no"} bytes, expected the ${this.#writtenBytes} that were written`;
    throw new RegistryError("BLOB_UPLOAD_INVALID", `Cannot commit "${digest}": ${sizes}`);
  }

  async discard(): Promise<void> {
    this.#pendingBytes = 0;
    // What becomes of a write that nobody wants any more does not matter.
    await this.#writing.catch(() => undefined);
    await this.#close();
    await rm(this.#path, { force: true });
  }

  async #flush(): Promise<void> {
    if (this.#pendingBytes > 0) await this.#turn();
    await this.#writing;
  }

  /** Begins to write the full buffer when the one before is out, and has the next one filled meanwhile. */
  async #turn(): Promise<void> {
    await this.#writing;
    const [full, count] = [this.#filling, this.#pendingBytes];
    if (full === undefined) return;
    this.#filling = this.#spare;
    this.#spare = undefined;
    this.#pendingBytes = 0;
    this.#writtenBytes += count;
    this.#writing = this.#writeOut(full, count);
    // Whoever writes next, or rests, is told of its failure.
    this.#writing.catch(() => undefined);
  }

  async #writeOut(full: Buffer, count: number): Promise<void> {
    const handle = await this.#open();
    // A disk that is full takes what still fits, and then says so.
    for (let at = 0; at < count; ) {
      const { bytesWritten } = await handle.write(full, at, count - at);
      if (bytesWritten === 0) throw new Error(`Cannot write "${this.#path}": no byte of ${count - at} was taken`);
      at += bytesWritten;
    }
    this.#spare = full;
  }

  /** Writes go to the end, wherever that is: into a file that was shortened they make no hole, and it stays too short. */
  async #open(): Promise<FileHandle> {
    this.#handle ??= await open(this.#path, constants.O_WRONLY | constants.O_APPEND);
    return this.#handle;
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}
