import { randomUUID } from "node:crypto";
import { RegistryError } from "../registry_error.ts";
import { RepositoryIndex } from "../store/repository_index.ts";
import type { ReadBytesOptions, Storage, StorageSession, StoredBlob, StoredSession } from "../store/storage.ts";
import type { ByteSpan } from "../values/byte_range.ts";
import type { Digest, DigestAlgorithm } from "../values/digest.ts";

interface MemoryBlob {
  readonly pieces: readonly Uint8Array[];
  readonly size: number;
}

interface MemoryRepository {
  readonly index: RepositoryIndex;
  readonly blobs: Map<Digest, MemoryBlob & { readonly changedMs: number }>;
  readonly sessions: Map<string, MemorySession>;
}

/** A storage in memory. Repositories share the bytes of a blob that one has mounted from another. */
export class MemoryStorage implements Storage {
  readonly #repositories = new Map<string, MemoryRepository>();

  async listRepositories(): Promise<readonly string[]> {
    return [...this.#repositories.keys()].sort();
  }

  async readIndex(repository: string): Promise<RepositoryIndex | undefined> {
    return this.#repositories.get(repository)?.index;
  }

  async changeIndex<T>(repository: string, change: (index: RepositoryIndex) => T): Promise<T> {
    return change(this.#enter(repository).index);
  }

  async statBlob(repository: string, digest: Digest): Promise<number | undefined> {
    return this.#repositories.get(repository)?.blobs.get(digest)?.size;
  }

  async *readBlob(repository: string, digest: Digest, { span }: ReadBytesOptions = {}): AsyncGenerator<Uint8Array> {
    const blob = this.#repositories.get(repository)?.blobs.get(digest);
    if (blob === undefined) throw new RegistryError("BLOB_UNKNOWN", `Cannot read "${digest}": it is gone`);
    yield* cutPieces(blob.pieces, span ?? { first: 0, last: blob.size - 1 });
  }

  async writeBlob(repository: string, digest: Digest, bytes: Uint8Array): Promise<void> {
    this.#put(repository, digest, { pieces: [new Uint8Array(bytes)], size: bytes.byteLength });
  }

  async linkBlob(digest: Digest, from: string | undefined, to: string): Promise<boolean> {
    const sources = from === undefined ? this.#repositories.values() : [this.#repositories.get(from)];
    for (const source of sources) {
      const blob = source?.blobs.get(digest);
      if (blob === undefined) continue;
      this.#put(to, digest, blob);
      return true;
    }
    return false;
  }

  async unlinkBlob(repository: string, digest: Digest): Promise<boolean> {
    return this.#repositories.get(repository)?.blobs.delete(digest) ?? false;
  }

  /** Bytes that no repository has are the runtime's to collect. */
  async releaseBlob(): Promise<void> {}

  async *listBlobs(repository: string): AsyncGenerator<StoredBlob> {
    for (const [digest, { size, changedMs }] of this.#repositories.get(repository)?.blobs ?? []) {
      yield { digest, size, changedMs };
    }
  }

  async *listAll(): AsyncGenerator<StoredBlob> {
    const known = new Set<Digest>();
    for (const { blobs } of this.#repositories.values()) {
      for (const [digest, { size, changedMs }] of blobs) {
        if (known.has(digest)) continue;
        known.add(digest);
        yield { digest, size, changedMs };
      }
    }
  }

  async statAnywhere(digest: Digest): Promise<number | undefined> {
    for (const { blobs } of this.#repositories.values()) {
      const blob = blobs.get(digest);
      if (blob) return blob.size;
    }
    return undefined;
  }

  async inspectBlob(repository: string, digest: Digest): Promise<{ size: number; repositories: number } | undefined> {
    const size = await this.statBlob(repository, digest);
    if (size === undefined) return undefined;
    return {
      size,
      repositories: this.#repositories
        .values()
        .filter(({ blobs }) => blobs.has(digest))
        .toArray().length,
    };
  }

  async createSession(repository: string, algorithm: DigestAlgorithm): Promise<StorageSession> {
    const { sessions } = this.#enter(repository);
    const session = new MemorySession(
      algorithm,
      (digest, blob) => this.#put(repository, digest, blob),
      () => sessions.delete(session.id),
    );
    sessions.set(session.id, session);
    return session;
  }

  async openSession(repository: string, id: string): Promise<StorageSession | undefined> {
    return this.#repositories.get(repository)?.sessions.get(id);
  }

  async listSessions(repository: string): Promise<readonly StoredSession[]> {
    return [...(this.#repositories.get(repository)?.sessions.values() ?? [])];
  }

  /** As for one blob. */
  async sweep(): Promise<number> {
    return 0;
  }

  #enter(name: string): MemoryRepository {
    const known = this.#repositories.get(name);
    if (known) return known;
    const repository = { index: new RepositoryIndex(), blobs: new Map(), sessions: new Map() };
    this.#repositories.set(name, repository);
    return repository;
  }

  #put(name: string, digest: Digest, { pieces, size }: MemoryBlob): void {
    this.#enter(name).blobs.set(digest, { pieces, size, changedMs: Date.now() });
  }
}

class MemorySession implements StorageSession {
  readonly id = randomUUID();
  readonly algorithm: DigestAlgorithm;
  readonly #put: (digest: Digest, blob: MemoryBlob) => void;
  readonly #forget: () => void;
  readonly #pieces: Uint8Array[] = [];
  #size = 0;
  #changedMs = Date.now();

  constructor(algorithm: DigestAlgorithm, put: (digest: Digest, blob: MemoryBlob) => void, forget: () => void) {
    this.algorithm = algorithm;
    this.#put = put;
    this.#forget = forget;
  }

  get size(): number {
    return this.#size;
  }

  get changedMs(): number {
    return this.#changedMs;
  }

  /** Keeps a copy: whoever reads a stream may use its buffer again, or free it. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#pieces.push(new Uint8Array(bytes));
    this.#size += bytes.byteLength;
    this.#changedMs = Date.now();
  }

  async rest(): Promise<void> {}

  async *read(): AsyncGenerator<Uint8Array> {
    yield* this.#pieces;
  }

  async *peek(span: ByteSpan): AsyncGenerator<Uint8Array> {
    yield* cutPieces(this.#pieces, span);
  }

  async publish(digest: Digest): Promise<void> {
    this.#put(digest, { pieces: this.#pieces, size: this.#size });
    this.#forget();
  }

  async discard(): Promise<void> {
    this.#forget();
  }
}

function* cutPieces(pieces: readonly Uint8Array[], { first, last }: ByteSpan): Generator<Uint8Array> {
  let at = 0;
  for (const piece of pieces) {
    const part = piece.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at));
    at += piece.byteLength;
    if (part.byteLength > 0) yield part;
  }
}
