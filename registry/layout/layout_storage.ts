import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KeyedMutex } from "../store/mutex.ts";
import { RepositoryIndex } from "../store/repository_index.ts";
import type { ReadBytesOptions, Storage, StorageSession, StoredBlob, StoredSession } from "../store/storage.ts";
import { type Digest, type DigestAlgorithm, isDigest } from "../values/digest.ts";
import { ociLayoutText, ociNames } from "../values/oci_layout.ts";
import { removeAbandoned } from "./abandoned_files.ts";
import { type Durability, linkFile, orUndefined, sizeOf, syncFolder, writeDurably } from "./durable_file.ts";
import { readFileStream } from "./file_stream.ts";
import { formatIndexFile, parseIndexFile } from "./index_file.ts";
import { algorithms, LayoutPaths } from "./layout_paths.ts";
import { LayoutSession } from "./layout_session.ts";
import { isLeftOver } from "./temporary_name.ts";

interface CachedIndex {
  readonly index: RepositoryIndex;
  /** Inode, time and size of the file that it was read from: another tool may write one. */
  readonly stamp: string;
}

/** A storage on disk, of which any crash leaves a readable state: a file is whole or has a name that nobody reads. */
export class LayoutStorage implements Storage {
  readonly #paths: LayoutPaths;
  readonly #durability: Durability;
  readonly #indexes = new Map<string, CachedIndex>();
  readonly #mutex = new KeyedMutex();

  constructor(root: string, durability: Durability) {
    this.#paths = new LayoutPaths(root);
    this.#durability = durability;
  }

  async listRepositories(): Promise<readonly string[]> {
    const folders = (await orUndefined(readdir(this.#paths.repositories))) ?? [];
    return folders.map((folder) => folder.replaceAll("+", "/")).sort();
  }

  async readIndex(repository: string): Promise<RepositoryIndex | undefined> {
    const path = this.#paths.index(repository);
    const stamp = await stampOf(path);
    if (stamp === undefined) {
      this.#indexes.delete(repository);
      return (await orUndefined(stat(this.#paths.repository(repository)))) && new RepositoryIndex();
    }
    const cached = this.#indexes.get(repository);
    if (cached?.stamp === stamp) return cached.index;
    const text = await orUndefined(readFile(path, "utf8"));
    if (text === undefined) return new RepositoryIndex();
    const index = parseIndexFile(text, path);
    this.#indexes.set(repository, { index, stamp });
    return index;
  }

  changeIndex<T>(repository: string, change: (index: RepositoryIndex) => T): Promise<T> {
    return this.#mutex.run(repository, async () => {
      await this.#enter(repository);
      const index = (await this.readIndex(repository)) ?? new RepositoryIndex();
      const path = this.#paths.index(repository);
      try {
        const result = change(index);
        await writeDurably(path, formatIndexFile(index), this.#durability);
        const stamp = await stampOf(path);
        if (stamp !== undefined) this.#indexes.set(repository, { index, stamp });
        return result;
      } catch (error) {
        // What is in memory may be ahead of the file: the file is what counts.
        this.#indexes.delete(repository);
        throw error;
      }
    });
  }

  statBlob(repository: string, digest: Digest): Promise<number | undefined> {
    return sizeOf(this.#paths.blob(repository, digest));
  }

  readBlob(repository: string, digest: Digest, options?: ReadBytesOptions): AsyncIterable<Uint8Array> {
    return readFileStream(this.#paths.blob(repository, digest), options);
  }

  async writeBlob(repository: string, digest: Digest, bytes: Uint8Array): Promise<void> {
    const path = this.#paths.blob(repository, digest);
    if ((await sizeOf(path)) !== undefined) return;
    if (await linkFile(this.#paths.pool(digest), path)) return;
    await mkdir(join(path, ".."), { recursive: true });
    await writeDurably(path, bytes, this.#durability);
    await linkFile(path, this.#paths.pool(digest));
  }

  async linkBlob(digest: Digest, from: string | undefined, to: string): Promise<boolean> {
    const source = from === undefined ? this.#paths.pool(digest) : this.#paths.blob(from, digest);
    if ((await sizeOf(source)) === undefined) return false;
    await this.#enter(to);
    const target = this.#paths.blob(to, digest);
    if (!(await linkFile(source, target))) return false;
    await syncFolder(join(target, ".."), this.#durability);
    return true;
  }

  async unlinkBlob(repository: string, digest: Digest): Promise<boolean> {
    const path = this.#paths.blob(repository, digest);
    return (await orUndefined(rm(path).then(() => true))) ?? false;
  }

  async releaseBlob(digest: Digest): Promise<void> {
    const path = this.#paths.pool(digest);
    // Who links from the pool at this moment has the bytes, or is told that they are not there.
    if ((await orUndefined(stat(path)))?.nlink === 1) await rm(path, { force: true });
  }

  async *listBlobs(repository: string): AsyncGenerator<StoredBlob> {
    for (const algorithm of algorithms) yield* listFolder(this.#paths.blobFolder(repository, algorithm), algorithm);
  }

  async *listAll(): AsyncGenerator<StoredBlob> {
    for (const algorithm of algorithms) yield* listFolder(this.#paths.poolFolder(algorithm), algorithm);
  }

  statAnywhere(digest: Digest): Promise<number | undefined> {
    return sizeOf(this.#paths.pool(digest));
  }

  async inspectBlob(repository: string, digest: Digest): Promise<{ size: number; repositories: number } | undefined> {
    const found = await orUndefined(stat(this.#paths.blob(repository, digest)));
    // A name in the pool, and one in each repository; where files cannot be linked, each has a copy of its own.
    return found && { size: found.size, repositories: Math.max(1, found.nlink - 1) };
  }

  async createSession(repository: string, algorithm: DigestAlgorithm): Promise<StorageSession> {
    await this.#enter(repository);
    const id = randomUUID();
    const path = this.#paths.upload(repository, id, algorithm);
    await mkdir(this.#paths.uploads(repository), { recursive: true });
    await (await open(path, "wx", 0o644)).close();
    return this.#session(repository, id, algorithm, 0);
  }

  async openSession(repository: string, id: string): Promise<StorageSession | undefined> {
    if (!/^[0-9a-f-]{36}$/.test(id)) return undefined;
    for (const algorithm of algorithms) {
      const size = await sizeOf(this.#paths.upload(repository, id, algorithm));
      if (size !== undefined) return this.#session(repository, id, algorithm, size);
    }
    return undefined;
  }

  async listSessions(repository: string): Promise<readonly StoredSession[]> {
    const folder = this.#paths.uploads(repository);
    const sessions: StoredSession[] = [];
    for (const name of (await orUndefined(readdir(folder))) ?? []) {
      const found = await orUndefined(stat(join(folder, name)));
      if (found) sessions.push({ id: name.replace(/\.[^.]*$/, ""), size: found.size, changedMs: found.mtimeMs });
    }
    return sessions;
  }

  /** Blobs that no repository links to any more, but `kept`, and what crashes left half written. */
  async sweep(kept: ReadonlySet<Digest>): Promise<number> {
    let freed = 0;
    const isKept = (digest: string) => isDigest(digest) && kept.has(digest);
    for (const algorithm of algorithms) {
      // However young: who links from the pool at this moment has the bytes, or is told that they are not there.
      const isGarbage = (name: string, nlink: number) => nlink === 1 && !isKept(`${algorithm}:${name}`);
      freed += await sweepFolder(this.#paths.poolFolder(algorithm), ({ name, nlink }) => isGarbage(name, nlink));
    }
    for (const repository of await this.listRepositories()) {
      const folders = algorithms.map((algorithm) => this.#paths.blobFolder(repository, algorithm));
      for (const folder of [this.#paths.repository(repository), ...folders]) {
        freed += await sweepFolder(folder, ({ name }) => isLeftOver(name));
      }
    }
    // Who wants to open the store has a file here too, and no lock.
    await removeAbandoned(this.#paths.root);
    return freed;
  }

  #session(repository: string, id: string, algorithm: DigestAlgorithm, size: number): LayoutSession {
    const path = this.#paths.upload(repository, id, algorithm);
    return new LayoutSession(id, algorithm, path, size, {
      blob: (digest) => this.#paths.blob(repository, digest),
      pool: (digest) => this.#paths.pool(digest),
      durability: this.#durability,
    });
  }

  /** Makes the folder of a repository an image layout. */
  async #enter(repository: string): Promise<void> {
    const folder = this.#paths.repository(repository);
    if ((await mkdir(folder, { recursive: true })) === undefined) return;
    await writeFile(join(folder, ociNames.layout), ociLayoutText);
    await syncFolder(this.#paths.repositories, this.#durability);
  }
}

async function stampOf(path: string): Promise<string | undefined> {
  const found = await orUndefined(stat(path));
  return found && `${found.ino}:${found.mtimeMs}:${found.size}`;
}

async function* listFolder(folder: string, algorithm: DigestAlgorithm): AsyncGenerator<StoredBlob> {
  for (const name of (await orUndefined(readdir(folder))) ?? []) {
    const digest = `${algorithm}:${name}`;
    const found = isDigest(digest) ? await orUndefined(stat(join(folder, name))) : undefined;
    // The inode's change: a blob that was linked in just now is young, however old its bytes are.
    if (found && isDigest(digest)) yield { digest, size: found.size, changedMs: found.ctimeMs };
  }
}

async function sweepFolder(
  folder: string,
  isGarbage: (file: { name: string; nlink: number }) => boolean,
): Promise<number> {
  let freed = 0;
  for (const name of (await orUndefined(readdir(folder))) ?? []) {
    const path = join(folder, name);
    const found = await orUndefined(stat(path));
    if (!found?.isFile() || !isGarbage({ name, nlink: found.nlink })) continue;
    await rm(path, { force: true });
    freed += found.size;
  }
  return freed;
}
