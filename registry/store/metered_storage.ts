import type { Digest, DigestAlgorithm } from "../values/digest.ts";
import { MeteredSession } from "./metered_session.ts";
import { KeyedMutex, Mutex } from "./mutex.ts";
import type { RepositoryIndex } from "./repository_index.ts";
import type { ReadBytesOptions, Storage, StorageSession, StoredBlob, StoredSession } from "./storage.ts";
import type { Usage } from "./usage.ts";

/** Bytes of a repository, or of the store. */
interface Tally {
  blobBytes: number;
  uploadBytes: number;
}

/** What happens while the store is being measured: the measuring leaves it out, as it is counted already. */
interface Meanwhile {
  readonly blobs: Set<Digest>;
  blobBytes: number;
  readonly sessions: Set<string>;
}

/** A storage that knows how much it holds. */
export class MeteredStorage implements Storage, Usage {
  readonly #inner: Storage;
  readonly #tallies = new Map<string, Tally>();
  #whole: Tally | undefined;
  #measuring: Promise<void> | undefined;
  #meanwhile: Meanwhile | undefined;
  readonly #open = new Map<string, MeteredSession>();
  readonly #changes = new Map<string, number>();
  #allChanges = 0;
  /** By repository, and within that by digest: what is looked at stays so until it is counted. */
  readonly #repositories = new KeyedMutex();
  readonly #digests = new KeyedMutex();
  /** Nothing goes while the whole is measured. */
  readonly #removals = new Mutex();

  constructor(inner: Storage) {
    this.#inner = inner;
  }

  get storeBytes(): number | undefined {
    return this.#whole && this.#whole.blobBytes + this.#whole.uploadBytes;
  }

  get openUploads(): number {
    return this.#open.size;
  }

  repositoryBytes(repository: string): number | undefined {
    const tally = this.#tallies.get(repository);
    return tally && tally.blobBytes + tally.uploadBytes;
  }

  changes(repository?: string): number {
    return repository === undefined ? this.#allChanges : (this.#changes.get(repository) ?? 0);
  }

  sizeOf(digest: Digest): Promise<number | undefined> {
    return this.#inner.statAnywhere(digest);
  }

  async measure(repository?: string): Promise<void> {
    if (repository !== undefined) {
      if (!this.#tallies.has(repository)) await this.#measureRepository(repository);
      return;
    }
    if (this.#whole) return;
    this.#measuring ??= this.#removals
      .run(() => this.#measureWhole())
      .finally(() => {
        this.#measuring = undefined;
      });
    await this.#measuring;
  }

  async writeBlob(repository: string, digest: Digest, bytes: Uint8Array): Promise<void> {
    await this.#put(repository, digest, () => this.#inner.writeBlob(repository, digest, bytes));
  }

  linkBlob(digest: Digest, from: string | undefined, to: string): Promise<boolean> {
    return this.#put(to, digest, () => this.#inner.linkBlob(digest, from, to));
  }

  unlinkBlob(repository: string, digest: Digest): Promise<boolean> {
    const unlink = async () => {
      const size = (await this.#inner.statBlob(repository, digest)) ?? 0;
      const removed = await this.#inner.unlinkBlob(repository, digest);
      if (!removed) return false;
      this.#changed(repository);
      this.#add(repository, "blobBytes", -size);
      // Where bytes that nobody has are kept until they are swept, they count as long.
      if ((await this.#inner.statAnywhere(digest)) === undefined) this.#addToWhole(-size);
      return true;
    };
    return this.#repositories.run(repository, () => this.#removals.run(unlink));
  }

  releaseBlob(digest: Digest): Promise<void> {
    return this.#removals.run(async () => {
      const size = (await this.#inner.statAnywhere(digest)) ?? 0;
      await this.#inner.releaseBlob(digest);
      if ((await this.#inner.statAnywhere(digest)) === undefined) this.#addToWhole(-size);
    });
  }

  sweep(kept: ReadonlySet<Digest>): Promise<number> {
    return this.#removals.run(async () => {
      const freed = await this.#inner.sweep(kept);
      // What a crash had left half written was never counted.
      if (this.#whole) this.#whole.blobBytes = Math.max(0, this.#whole.blobBytes - freed);
      return freed;
    });
  }

  async createSession(repository: string, algorithm: DigestAlgorithm): Promise<StorageSession> {
    return this.#own(repository, await this.#inner.createSession(repository, algorithm));
  }

  async openSession(repository: string, id: string): Promise<StorageSession | undefined> {
    const session = await this.#inner.openSession(repository, id);
    return session && (this.#open.get(`${repository}:${id}`) ?? this.#own(repository, session));
  }

  // biome-ignore format: what is only passed on
  listRepositories(): Promise<readonly string[]> { return this.#inner.listRepositories(); }
  // biome-ignore format: what is only passed on
  readIndex(repository: string): Promise<RepositoryIndex | undefined> { return this.#inner.readIndex(repository); }
  // biome-ignore format: what is only passed on
  listBlobs(repository: string): AsyncIterable<StoredBlob> { return this.#inner.listBlobs(repository); }
  // biome-ignore format: what is only passed on
  listAll(): AsyncIterable<StoredBlob> { return this.#inner.listAll(); }
  // biome-ignore format: what is only passed on
  statAnywhere(digest: Digest): Promise<number | undefined> { return this.#inner.statAnywhere(digest); }

  inspectBlob(repository: string, digest: Digest): Promise<{ size: number; repositories: number } | undefined> {
    return this.#inner.inspectBlob(repository, digest);
  }

  async changeIndex<T>(repository: string, change: (index: RepositoryIndex) => T): Promise<T> {
    try {
      return await this.#inner.changeIndex(repository, change);
    } finally {
      this.#changed(repository);
    }
  }

  statBlob(repository: string, digest: Digest): Promise<number | undefined> {
    return this.#inner.statBlob(repository, digest);
  }

  readBlob(repository: string, digest: Digest, options?: ReadBytesOptions): AsyncIterable<Uint8Array> {
    return this.#inner.readBlob(repository, digest, options);
  }

  listSessions(repository: string): Promise<readonly StoredSession[]> {
    return this.#inner.listSessions(repository);
  }

  /** Counts a blob that comes into a repository: there, and in the whole when no other repository has it. */
  #put<T>(repository: string, digest: Digest, work: () => Promise<T>): Promise<T> {
    const put = async () => {
      const here = await this.#inner.statBlob(repository, digest);
      const anywhere = await this.#inner.statAnywhere(digest);
      if (anywhere === undefined) this.#meanwhile?.blobs.add(digest);
      const done = await work();
      const size = (await this.#inner.statBlob(repository, digest)) ?? 0;
      this.#changed(repository);
      if (here === undefined) this.#add(repository, "blobBytes", size);
      if (anywhere === undefined) this.#addToWhole(size);
      return done;
    };
    return this.#repositories.run(repository, () => this.#digests.run(digest, put));
  }

  #own(repository: string, session: StorageSession): MeteredSession {
    const key = `${repository}:${session.id}`;
    this.#meanwhile?.sessions.add(key);
    const metered = new MeteredSession(session, {
      count: (bytes) => {
        this.#add(repository, "uploadBytes", bytes);
        if (this.#whole) this.#whole.uploadBytes += bytes;
      },
      put: (digest, publish) => this.#put(repository, digest, publish),
      forget: () => this.#open.delete(key),
    });
    this.#open.set(key, metered);
    return metered;
  }

  #addToWhole(blobBytes: number): void {
    const whole = this.#whole ?? this.#meanwhile;
    if (whole) whole.blobBytes += blobBytes;
  }

  #changed(repository: string): void {
    this.#changes.set(repository, (this.#changes.get(repository) ?? 0) + 1);
    this.#allChanges++;
  }

  #add(repository: string, part: keyof Tally, bytes: number): void {
    const tally = this.#tallies.get(repository);
    if (tally) tally[part] += bytes;
  }

  #measureRepository(repository: string): Promise<void> {
    return this.#repositories.run(repository, async () => {
      if (this.#tallies.has(repository)) return;
      let blobBytes = 0;
      for await (const { size } of this.#inner.listBlobs(repository)) blobBytes += size;
      const listed = await this.#inner.listSessions(repository);
      const dormant = listed.filter(({ id }) => !this.#open.has(`${repository}:${id}`));
      const openBytes = this.#openBytes((key) => key.startsWith(`${repository}:`));
      const uploadBytes = dormant.reduce((total, { size }) => total + size, openBytes);
      this.#tallies.set(repository, { blobBytes, uploadBytes });
    });
  }

  /** Looks at every blob once. What comes meanwhile is counted as it comes; what goes waits. */
  async #measureWhole(): Promise<void> {
    const meanwhile = { blobs: new Set<Digest>(), blobBytes: 0, sessions: new Set<string>() };
    this.#meanwhile = meanwhile;
    try {
      let blobBytes = 0;
      for await (const { digest, size } of this.#inner.listAll()) if (!meanwhile.blobs.has(digest)) blobBytes += size;
      const dormant = new Map<string, number>();
      for (const repository of await this.#inner.listRepositories()) {
        for (const { id, size } of await this.#inner.listSessions(repository)) dormant.set(`${repository}:${id}`, size);
      }
      for (const key of [...this.#open.keys(), ...meanwhile.sessions]) dormant.delete(key);
      const uploadBytes = dormant.values().reduce((total, size) => total + size, this.#openBytes());
      this.#whole = { blobBytes: blobBytes + meanwhile.blobBytes, uploadBytes };
    } finally {
      this.#meanwhile = undefined;
    }
  }

  #openBytes(isMeant: (key: string) => boolean = () => true): number {
    return this.#open.entries().reduce((total, [key, session]) => total + (isMeant(key) ? session.countedBytes : 0), 0);
  }
}
