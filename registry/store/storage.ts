import type { ByteSpan } from "../values/byte_range.ts";
import type { Digest, DigestAlgorithm } from "../values/digest.ts";
import type { RepositoryIndex } from "./repository_index.ts";

/** How bytes are read. */
export interface ReadBytesOptions {
  /** All of them unless given. */
  readonly span?: ByteSpan | undefined;
  /** Whether the caller is done with each piece when it asks for the next: see `ReadBlobOptions`. */
  readonly lend?: boolean;
}

/**
 * Where a store keeps bytes and indexes. It knows names and digests only by their spelling; what they mean, and what is
 * allowed, is the store's business (`store_registry.ts`), so that memory and disk cannot drift apart.
 */
export interface Storage {
  /** Names of repositories, sorted. */
  listRepositories(): Promise<readonly string[]>;
  /** Index of a repository; undefined for one that nothing was ever written to. Not to be changed. */
  readIndex(repository: string): Promise<RepositoryIndex | undefined>;
  /** Changes an index, one caller at a time. It is durable when this resolves; what `change` throws changes nothing. */
  changeIndex<T>(repository: string, change: (index: RepositoryIndex) => T): Promise<T>;
  /** Size of a blob in a repository; undefined when it is not there. */
  statBlob(repository: string, digest: Digest): Promise<number | undefined>;
  /** Bytes of a blob that {@link statBlob} has found, or of a part. */
  readBlob(repository: string, digest: Digest, options?: ReadBytesOptions): AsyncIterable<Uint8Array>;
  /** Writes small content whose digest has been checked. */
  writeBlob(repository: string, digest: Digest, bytes: Uint8Array): Promise<void>;
  /** Puts a blob of `from`, or of anywhere, into `to`. False when it is not found. */
  linkBlob(digest: Digest, from: string | undefined, to: string): Promise<boolean>;
  /** Takes a blob out of a repository. False when it was not there. */
  unlinkBlob(repository: string, digest: Digest): Promise<boolean>;
  /** Removes the bytes of a blob when no repository has it any more; sooner than {@link sweep} does. */
  releaseBlob(digest: Digest): Promise<void>;
  /** Blobs of a repository, manifests among them. */
  listBlobs(repository: string): AsyncIterable<StoredBlob>;
  /** Every blob once, however many repositories have it; of each that stays meanwhile. */
  listAll(): AsyncIterable<StoredBlob>;
  /** Size of a blob that any repository has, or has had until the next {@link sweep}. */
  statAnywhere(digest: Digest): Promise<number | undefined>;
  /** Size of a blob of a repository, and how many repositories have it; undefined when it is not there. */
  inspectBlob(repository: string, digest: Digest): Promise<{ size: number; repositories: number } | undefined>;
  createSession(repository: string, algorithm: DigestAlgorithm): Promise<StorageSession>;
  /** A session by its id, perhaps of a process before this one. Undefined when there is none. */
  openSession(repository: string, id: string): Promise<StorageSession | undefined>;
  listSessions(repository: string): Promise<readonly StoredSession[]>;
  /** Removes what no repository has any more, but `kept`, and gives the bytes that became free. */
  sweep(kept: ReadonlySet<Digest>): Promise<number>;
}

/** A blob as the collection of garbage sees it. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly size: number;
  /** When it came into the repository, in milliseconds since the epoch. */
  readonly changedMs: number;
}

/** An upload as the collection of garbage sees it. */
export interface StoredSession {
  readonly id: string;
  readonly size: number;
  readonly changedMs: number;
}

/** Bytes of an upload. One caller at a time. */
export interface StorageSession {
  readonly id: string;
  readonly algorithm: DigestAlgorithm;
  readonly size: number;
  /** Writes a piece at the end; counted in {@link size} when it resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more for now: what was written is where another process would find it, and nothing is held open. */
  rest(): Promise<void>;
  /** What it has so far. */
  read(): AsyncIterable<Uint8Array>;
  /** Part of what it has, while it is being written; the last bytes may not be there yet. */
  peek(span: ByteSpan, options?: Pick<ReadBytesOptions, "lend">): AsyncIterable<Uint8Array>;
  /** Makes a blob of its repository of it, durable when this resolves. The session is gone. */
  publish(digest: Digest): Promise<void>;
  /** Forgets the session. */
  discard(): Promise<void>;
}
