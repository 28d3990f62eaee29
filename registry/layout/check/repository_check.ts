import { isRegistryError } from "../../registry_error.ts";
import { readManifest } from "../../store/holdings.ts";
import type { ManifestRecord, RepositoryIndex } from "../../store/repository_index.ts";
import type { Storage } from "../../store/storage.ts";
import type { Descriptor } from "../../values/descriptor.ts";
import type { Digest } from "../../values/digest.ts";
import { childrenOf, type Manifest } from "../../values/manifest.ts";
import { isForeignLayer } from "../../values/media_type.ts";
import type { FaultUse, StoreFault } from "./store_fault.ts";

/** What a repository is checked by. */
export interface RepositoryCheckOptions {
  /** Content that is known to be wrong: it is there, and not to be read. */
  readonly wrong: ReadonlySet<Digest>;
  readonly comes: FaultUse["comes"];
  readonly signal?: AbortSignal;
}

/** What a look at a repository gives. */
export interface RepositoryFindings {
  readonly faults: readonly StoreFault[];
  /** Manifests that its index has. */
  readonly manifests: number;
  /** What of a repository a digest concerns. */
  useOf(digest: Digest): FaultUse;
}

/** Looks whether what the manifests of a repository name is there. */
export async function checkRepository(
  storage: Storage,
  repository: string,
  options: RepositoryCheckOptions,
): Promise<RepositoryFindings> {
  const check = new RepositoryCheck(storage, repository, options);
  await check.run();
  return check;
}

class RepositoryCheck implements RepositoryFindings {
  readonly faults: StoreFault[] = [];
  readonly #storage: Storage;
  readonly #repository: string;
  readonly #options: RepositoryCheckOptions;
  /** Manifests that name a digest. */
  readonly #parents = new Map<Digest, Set<Digest>>();
  readonly #missing = new Set<Digest>();
  #tags: readonly (readonly [string, Digest])[] = [];
  manifests = 0;

  constructor(storage: Storage, repository: string, options: RepositoryCheckOptions) {
    this.#storage = storage;
    this.#repository = repository;
    this.#options = options;
  }

  async run(): Promise<void> {
    const index = await this.#readIndex();
    if (index === undefined) return;
    // Copied at once: the index may change while manifests are read.
    this.#tags = [...index.tags];
    const records = [...index.manifests];
    this.manifests = records.length;
    const named: [Digest, string][] = [];
    for (const [digest, record] of records) {
      this.#options.signal?.throwIfAborted();
      for (const found of await this.#lookAt(digest, record)) named.push([digest, found]);
    }
    // Last, when it is known which tags lead there.
    for (const [digest, found] of named) this.#tell("manifest", digest, found);
    for (const digest of this.#missing) this.#tell("missing", digest, "it is not there");
  }

  useOf(digest: Digest): FaultUse {
    const reached = new Set([digest]);
    // What is added while this runs is visited as well.
    for (const one of reached) for (const parent of this.#parents.get(one) ?? []) reached.add(parent);
    const tags = this.#tags.filter(([, target]) => reached.has(target)).map(([tag]) => tag);
    return { repository: this.#repository, tags: tags.sort(), comes: this.#options.comes };
  }

  async #readIndex(): Promise<RepositoryIndex | undefined> {
    try {
      return await this.#storage.readIndex(this.#repository);
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      const found = error instanceof Error ? error.message : String(error);
      const use = { repository: this.#repository, tags: [], comes: this.#options.comes };
      this.faults.push({ kind: "index", found, uses: [use] });
      return undefined;
    }
  }

  /** Notes what a manifest names, and gives what is wrong with itself. */
  async #lookAt(digest: Digest, record: ManifestRecord): Promise<string[]> {
    if (this.#options.wrong.has(digest)) return [];
    let manifest: Manifest;
    try {
      manifest = await readManifest(this.#storage, this.#repository, digest, record);
    } catch (error) {
      if (!(await this.#isHeld(digest))) return [];
      if (!isRegistryError(error)) throw error;
      if (error.code !== "BLOB_UNKNOWN") return [error.message];
      // A cache asks upstream for it again.
      if (this.#options.comes === "by a push") this.#missing.add(digest);
      return [];
    }
    const faults: string[] = [];
    for (const child of childrenOf(manifest)) {
      this.#parents.set(child.digest, (this.#parents.get(child.digest) ?? new Set()).add(digest));
      const fault = await this.#lookAtChild(manifest, child, digest);
      if (fault !== undefined) faults.push(fault);
    }
    return faults;
  }

  /** An index may be sparse, and an image of a cache comes piece by piece; layers that are had elsewhere are had there. */
  async #lookAtChild(
    { kind }: Manifest,
    { digest, size, mediaType }: Descriptor,
    parent: Digest,
  ): Promise<string | undefined> {
    const has = await this.#storage.statBlob(this.#repository, digest);
    if (has === size || this.#options.wrong.has(digest)) return undefined;
    if (has !== undefined) return `it names ${digest} with ${size} bytes, which has ${has}`;
    const mayLack = kind === "index" || this.#options.comes === "from upstream" || isForeignLayer(mediaType);
    if (!mayLack && !this.#missing.has(digest) && (await this.#isHeld(parent))) this.#missing.add(digest);
    return undefined;
  }

  /** Whether the index has a manifest still: what was deleted meanwhile may have been collected. */
  async #isHeld(digest: Digest): Promise<boolean> {
    return (await this.#storage.readIndex(this.#repository))?.manifests.has(digest) ?? false;
  }

  #tell(kind: StoreFault["kind"], digest: Digest, found: string): void {
    this.faults.push({ kind, digest, found, uses: [this.useOf(digest)] });
  }
}
