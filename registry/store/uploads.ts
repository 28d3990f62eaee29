import type { Digest, DigestAlgorithm } from "../values/digest.ts";
import type { Storage, StorageSession } from "./storage.ts";
import { StoreUpload, uploadUnknown } from "./store_upload.ts";

/** Runs work that makes a blob of a repository, so that no collection takes it for an old one of the same content. */
export type Protect = <T>(repository: string, digest: Digest, work: () => Promise<T>) => Promise<T>;

/** The uploads of a store that somebody has asked for in this process: one object each, which has the hash so far. */
export class Uploads {
  readonly #storage: Storage;
  readonly #protect: Protect;
  readonly #open = new Map<string, StoreUpload>();

  constructor(storage: Storage, protect: Protect) {
    this.#storage = storage;
    this.#protect = protect;
  }

  async start(repository: string, algorithm: DigestAlgorithm): Promise<StoreUpload> {
    return this.#own(repository, await this.#storage.createSession(repository, algorithm));
  }

  /** An upload by its id, when nobody writes to it. BLOB_UPLOAD_UNKNOWN. */
  async resume(repository: string, id: string): Promise<StoreUpload> {
    const key = keyOf(repository, id);
    const session = this.#open.has(key) ? undefined : await this.#storage.openSession(repository, id);
    // Somebody else may have opened it meanwhile, and two objects would write over each other.
    const upload = this.#open.get(key) ?? (session && this.#own(repository, session));
    if (upload === undefined) throw uploadUnknown(id);
    await upload.settle();
    return upload;
  }

  /** Cancels uploads that nobody has written to for a while, and gives their number. */
  async forgetOld(repository: string, graceMs: number): Promise<number> {
    const youngestMs = Date.now() - graceMs;
    let count = 0;
    for (const { id, changedMs } of await this.#storage.listSessions(repository)) {
      if (changedMs > youngestMs) continue;
      await (await this.resume(repository, id)).cancel();
      count += 1;
    }
    return count;
  }

  #own(repository: string, session: StorageSession): StoreUpload {
    const key = keyOf(repository, session.id);
    const upload = new StoreUpload(session, {
      forget: () => this.#open.delete(key),
      protect: (digest, work) => this.#protect(repository, digest, work),
    });
    this.#open.set(key, upload);
    return upload;
  }
}

function keyOf(repository: string, id: string): string {
  return `${repository}:${id}`;
}
