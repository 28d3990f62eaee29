import { Buffer } from "node:buffer";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { StorageSession } from "../store/storage.ts";
import type { ByteSpan } from "../values/byte_range.ts";
import type { Digest, DigestAlgorithm } from "../values/digest.ts";
import { type Durability, linkFile, sizeOf, syncFolder } from "./durable_file.ts";
import { readFileStream } from "./file_stream.ts";

/** Pieces are gathered in a buffer of that size: fewer, larger writes, and a caller may use its own buffer again. */
const bufferBytes = 1024 * 1024;

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
  #buffer: Buffer | undefined;
  #pendingBytes = 0;
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
    this.#buffer ??= Buffer.allocUnsafe(bufferBytes);
    for (let at = 0; at < bytes.byteLength; ) {
      const part = bytes.subarray(at, at + bufferBytes - this.#pendingBytes);
      this.#buffer.set(part, this.#pendingBytes);
      this.#pendingBytes += part.byteLength;
      at += part.byteLength;
      if (this.#pendingBytes === bufferBytes) await this.#flush();
    }
  }

  async rest(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      this.#buffer = undefined;
      await this.#close();
    }
  }

  async *read(): AsyncGenerator<Uint8Array> {
    await this.rest();
    yield* readFileStream(this.#path);
  }

  peek(span: ByteSpan): AsyncIterable<Uint8Array> {
    return readFileStream(this.#path, span);
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
      await mkdir(dirname(target), { recursive: true });
      await rename(this.#path, target);
      await linkFile(target, pool(digest));
    }
    await syncFolder(dirname(target), durability);
  }

  async discard(): Promise<void> {
    this.#pendingBytes = 0;
    await this.#close();
    await rm(this.#path, { force: true });
  }

  async #flush(): Promise<void> {
    if (this.#buffer === undefined || this.#pendingBytes === 0) return;
    const handle = await this.#open();
    const wanted = this.#pendingBytes;
    this.#pendingBytes = 0;
    const { bytesWritten } = await handle.write(this.#buffer, 0, wanted, this.#writtenBytes);
    this.#writtenBytes += bytesWritten;
    if (bytesWritten !== wanted) {
      throw new Error(`Cannot write "${this.#path}": ${bytesWritten} of ${wanted} bytes were taken, is the disk full?`);
    }
  }

  async #open(): Promise<FileHandle> {
    this.#handle ??= await open(this.#path, "r+");
    return this.#handle;
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}
