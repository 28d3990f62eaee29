import type { CallOptions, Upload } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import type { ByteSpan } from "../values/byte_range.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { algorithmOf, createDigester, type Digest, type Digester } from "../values/digest.ts";
import { Mutex } from "./mutex.ts";
import type { ReadBytesOptions, StorageSession } from "./storage.ts";

/** What a blob is served as: its real type is known only to the manifests that name it. */
export const blobMediaType = "application/octet-stream";

/** What an upload's store does for it. */
export interface UploadOwner {
  /** Called once, when the session is over. */
  forget(): void;
  /** Runs `work`, which makes a blob, so that no collection takes it for an old one of the same content. */
  protect(digest: Digest, work: () => Promise<void>): Promise<void>;
}

/**
 * An upload into a storage. Bytes are hashed as they come; a session of an earlier process is read once to catch up.
 * Requests for one session may overlap (a client comes back before its broken connection is noticed): they queue.
 */
export class StoreUpload implements Upload {
  readonly #session: StorageSession;
  readonly #owner: UploadOwner;
  readonly #mutex = new Mutex();
  #digester: Digester;
  #ended = false;

  constructor(session: StorageSession, owner: UploadOwner) {
    this.#session = session;
    this.#owner = owner;
    this.#digester = createDigester(session.algorithm);
  }

  get id(): string {
    return this.#session.id;
  }

  get size(): number {
    return this.#session.size;
  }

  /** Waits for what is being written: whoever asks how far an upload is has lost a connection that may not be over. */
  settle(): Promise<void> {
    return this.#mutex.run(async () => this.#assertOpen());
  }

  append(body: AsyncIterable<Uint8Array>, options: CallOptions & { first?: number } = {}): Promise<void> {
    return this.#mutex.run(async () => {
      this.#assertOpen();
      const { first = this.size, signal } = options;
      if (first !== this.size) {
        const found = `found a piece that begins at byte ${first}, expected ${this.size}`;
        throw new RegistryError("RANGE_INVALID", `Cannot append to upload "${this.id}": ${found}`);
      }
      await this.#catchUp(this.#session.algorithm);
      try {
        for await (const bytes of body) {
          signal?.throwIfAborted();
          // The disk and the hash work at the same time.
          const writing = this.#session.write(bytes);
          this.#digester.update(bytes);
          await writing;
        }
      } finally {
        await this.#session.rest();
      }
    });
  }

  /** Not in turn: whoever peeks does so while something is appended. */
  peek(span: ByteSpan, options?: Pick<ReadBytesOptions, "lend">): AsyncIterable<Uint8Array> {
    this.#assertOpen();
    return this.#session.peek(span, options);
  }

  commit(digest: Digest): Promise<Descriptor> {
    return this.#mutex.run(async () => {
      this.#assertOpen();
      await this.#catchUp(algorithmOf(digest));
      const found = this.#digester.digest();
      const { size } = this;
      if (found !== digest) {
        await this.#end(() => this.#session.discard());
        throw new RegistryError("DIGEST_INVALID", `Cannot commit "${digest}": found content of digest ${found}`);
      }
      await this.#end(() => this.#owner.protect(digest, () => this.#publish(digest)));
      return { mediaType: blobMediaType, digest, size };
    });
  }

  cancel(): Promise<void> {
    return this.#mutex.run(async () => {
      if (!this.#ended) await this.#end(() => this.#session.discard());
    });
  }

  /** Hashes what the session has, unless the digester at hand has seen it all. */
  async #catchUp(algorithm: Digester["algorithm"]): Promise<void> {
    if (this.#digester.algorithm === algorithm && this.#digester.size === this.size) return;
    const digester = createDigester(algorithm);
    for await (const bytes of this.#session.read()) digester.update(bytes);
    this.#digester = digester;
  }

  /** What cannot be published, on a disk that is full for instance, does not stay there as half of it. */
  async #publish(digest: Digest): Promise<void> {
    try {
      await this.#session.publish(digest);
    } catch (error) {
      await this.#session.discard();
      throw error;
    }
  }

  async #end(finish: () => Promise<void>): Promise<void> {
    this.#ended = true;
    this.#owner.forget();
    await finish();
  }

  #assertOpen(): void {
    if (this.#ended) throw uploadUnknown(this.id);
  }
}

/** The error of an upload that is not there, or no longer. */
export function uploadUnknown(id: string): RegistryError {
  return new RegistryError("BLOB_UPLOAD_UNKNOWN", `Cannot go on with upload "${id}": it has ended or never was`);
}
