import type { HeldManifest, Holdings } from "../store/holdings.ts";
import type { Digest } from "../values/digest.ts";
import { keyOf } from "./holds.ts";
import type { LastUses } from "./last_uses.ts";
import type { PinnableImage } from "./pin.ts";

/** An image of a cache, or a blob that no image names: what goes, goes as one of these. */
export interface CachedUnit extends PinnableImage {
  /** Of the manifest that no other manifest names, or of the blob. */
  readonly digest: Digest;
  /** Everything that belongs to it, whether or not it is there. */
  readonly members: ReadonlySet<Digest>;
  readonly lastUsedMs: number;
}

/** What a cache holds, and what becomes free when some of it goes. */
export class CacheSurvey {
  readonly #uses: Pick<LastUses, "when">;
  readonly #units: CachedUnit[] = [];
  /** How many units have a blob that is in a repository. */
  readonly #users = new Map<string, number>();
  /** In how many repositories of the cache a blob is, and its size. */
  readonly #blobs = new Map<Digest, { repositories: number; readonly size: number }>();
  readonly #elsewhere = new Set<Digest>();
  readonly #manifests = new Map<string, ReadonlySet<Digest>>();
  #bytes = 0;

  constructor(uses: Pick<LastUses, "when">) {
    this.#uses = uses;
  }

  /** Bytes of all blobs, each counted once; one that a repository outside the cache has as well takes no room. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What could go, the longest unused first. */
  get units(): readonly CachedUnit[] {
    return this.#units.toSorted((a, b) => a.lastUsedMs - b.lastUsedMs);
  }

  /** Whether a repository of the cache has a blob or manifest. */
  has(key: string): boolean {
    return this.#users.has(key);
  }

  /** Manifests that a repository of the cache had when it was looked at. */
  manifestsOf(repository: string): ReadonlySet<Digest> {
    return this.#manifests.get(repository) ?? new Set();
  }

  /** A blob that stays whatever happens to the cache. */
  addElsewhere(digest: Digest): void {
    if (this.#elsewhere.has(digest)) return;
    this.#elsewhere.add(digest);
    this.#bytes -= this.#blobs.get(digest)?.size ?? 0;
  }

  /** A repository of the cache. */
  add(repository: string, { manifests, blobs }: Holdings): void {
    this.#manifests.set(repository, new Set(manifests.keys()));
    const children = new Set([...manifests.values()].flatMap((manifest) => manifest.children));
    const roots = [...manifests.keys()].filter((digest) => !children.has(digest));
    const units = roots.map((root) => toImage(repository, root, manifests));
    const named = new Set(units.flatMap(({ members }) => [...members]));
    const loose = [...blobs.keys()].filter((digest) => !named.has(digest));
    const all = [...units, ...loose.map((digest) => toBlob(repository, digest))];
    for (const { members } of all) {
      for (const digest of members) {
        const blob = blobs.get(digest);
        if (blob !== undefined) this.#hold(repository, digest, blob.size);
      }
    }
    for (const unit of all) {
      // What several images share says of none of them that it is in use.
      const uses = this.ownOf(unit).map((digest) => this.#uses.when(repository, digest) ?? 0);
      this.#units.push({ ...unit, lastUsedMs: Math.max(0, ...uses) || (blobs.get(unit.digest)?.changedMs ?? 0) });
    }
  }

  /** What is in the repository for the sake of a unit alone, and so goes with it. */
  ownOf({ repository, members }: Pick<CachedUnit, "repository" | "members">): Digest[] {
    return [...members].filter((digest) => this.#users.get(keyOf(repository, digest)) === 1);
  }

  /** A unit has gone: gives the bytes that became free. */
  remove({ repository, members }: CachedUnit): number {
    const before = this.#bytes;
    for (const digest of members) {
      const key = keyOf(repository, digest);
      const users = this.#users.get(key);
      if (users === undefined) continue;
      if (users > 1) this.#users.set(key, users - 1);
      else this.#release(key, digest);
    }
    return before - this.#bytes;
  }

  #hold(repository: string, digest: Digest, size: number): void {
    const key = keyOf(repository, digest);
    const users = this.#users.get(key) ?? 0;
    this.#users.set(key, users + 1);
    if (users > 0) return;
    const blob = this.#blobs.get(digest) ?? { repositories: 0, size };
    if (blob.repositories === 0 && !this.#elsewhere.has(digest)) this.#bytes += size;
    blob.repositories += 1;
    this.#blobs.set(digest, blob);
  }

  #release(key: string, digest: Digest): void {
    this.#users.delete(key);
    const blob = this.#blobs.get(digest);
    if (blob === undefined) return;
    blob.repositories -= 1;
    if (blob.repositories > 0) return;
    this.#blobs.delete(digest);
    if (!this.#elsewhere.has(digest)) this.#bytes -= blob.size;
  }
}

function toImage(repository: string, root: Digest, manifests: ReadonlyMap<Digest, HeldManifest>) {
  const members = new Set<Digest>();
  const held = new Set<Digest>();
  const tags = new Set<string>();
  const pending = [root];
  for (let digest = pending.pop(); digest !== undefined; digest = pending.pop()) {
    if (members.has(digest)) continue;
    members.add(digest);
    const manifest = manifests.get(digest);
    if (manifest === undefined) continue;
    held.add(digest);
    for (const tag of manifest.tags) tags.add(tag);
    pending.push(...manifest.children);
  }
  return { repository, digest: root, members, manifests: held, tags };
}

function toBlob(repository: string, digest: Digest) {
  return { repository, digest, members: new Set([digest]), manifests: new Set<Digest>(), tags: new Set<string>() };
}
