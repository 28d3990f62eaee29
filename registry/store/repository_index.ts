import type { Digest } from "../values/digest.ts";

/** What a repository's index says of a manifest. */
export interface ManifestRecord {
  readonly mediaType: string;
  readonly size: number;
  /** The manifest that this one is about. */
  readonly subject?: Digest;
  /** What it is listed as among referrers; without it, the manifest itself is asked. */
  readonly artifactType?: string;
}

/** Manifests and tags of one repository. Every tag points at a manifest that is there. */
export class RepositoryIndex {
  readonly #manifests = new Map<Digest, ManifestRecord>();
  readonly #tags = new Map<string, Digest>();
  #sorted: readonly string[] | undefined;

  get manifests(): ReadonlyMap<Digest, ManifestRecord> {
    return this.#manifests;
  }

  get tags(): ReadonlyMap<string, Digest> {
    return this.#tags;
  }

  /** Tags in the order of their bytes; the list is made once per change. */
  get sortedTags(): readonly string[] {
    this.#sorted ??= [...this.#tags.keys()].sort();
    return this.#sorted;
  }

  /** Writes a manifest, and points tags at it. */
  put(digest: Digest, record: ManifestRecord, tags: readonly string[] = []): void {
    this.#manifests.set(digest, record);
    for (const tag of tags) {
      if (!this.#tags.has(tag)) this.#sorted = undefined;
      this.#tags.set(tag, digest);
    }
  }

  /** Removes a manifest and its tags. False when it was not there. */
  removeManifest(digest: Digest): boolean {
    if (!this.#manifests.delete(digest)) return false;
    for (const [tag, target] of this.#tags) if (target === digest) this.#tags.delete(tag);
    this.#sorted = undefined;
    return true;
  }

  /** Removes a tag. False when it was not there. */
  removeTag(tag: string): boolean {
    if (!this.#tags.delete(tag)) return false;
    this.#sorted = undefined;
    return true;
  }

  /** What a tag or digest means here. */
  resolve(target: string): Digest | undefined {
    const digest = target.includes(":") ? (target as Digest) : this.#tags.get(target);
    return digest !== undefined && this.#manifests.has(digest) ? digest : undefined;
  }
}
