import { isAbsent } from "../registry_error.ts";
import { Mutex } from "../store/mutex.ts";
import type { StoreRegistry } from "../store/store_registry.ts";
import type { Digest } from "../values/digest.ts";
import { type CachedUnit, CacheSurvey } from "./cache_survey.ts";
import { type Hold, Holds, keyOf } from "./holds.ts";
import type { LastUses } from "./last_uses.ts";
import { isPinned, type Pin } from "./pin.ts";

/** A store whose content can be looked at and taken out of. */
export type ShrinkableStore = Pick<StoreRegistry, "listRepositories" | "readHoldings" | "listBlobs" | "removeHoldings">;

/** How large a cache may become, and what of it stays. */
export interface CacheLimit {
  /** The store of the cache. */
  readonly store: ShrinkableStore;
  /** Bytes of blobs that were pulled through, each counted once. What is in other repositories takes no room. */
  readonly sizeBytes: number;
  readonly pins?: readonly Pin[];
  readonly uses: LastUses;
  /** Told of each image, or blob that belongs to none, that was taken out. */
  readonly onEvicted?: (evicted: Evicted) => void;
  /** Told when the cache cannot be made as small as it should be, and why. */
  readonly onCrowded?: (crowded: Crowded) => void;
  /** Told what went wrong in looking at a repository, or taking out of it: it keeps what it has. */
  readonly onTrouble?: (error: unknown) => void;
}

/** What was taken out of a cache. */
export interface Evicted {
  readonly repository: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** Bytes that became free: what other images have as well is not among them. */
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly lastUsedMs: number;
}

/** A cache that is too large, though nothing more can be taken out of it. */
export interface Crowded {
  readonly bytes: number;
  readonly sizeBytes: number;
}

/** When a cache is too large it is made smaller than it need be, so that not every transfer has it looked through. */
const lowShare = 0.9;

/** Holds a cache to its size: what was not read for the longest time goes first (contract G, "LRU"; J 47, 54–57, 60). */
export class Eviction {
  readonly #limit: CacheLimit;
  readonly #isCached: (repository: string) => boolean;
  readonly #holds = new Holds((key) => this.#free(key));
  /** Bytes in the store as far as is known: before the first look, as many as it takes for one. */
  #stored = Number.POSITIVE_INFINITY;
  #expected = 0;
  /** Below that, another round would find as little as the last one did. */
  #hopeless = 0;
  /** What was in use when a round wanted it to go. */
  readonly #spared = new Set<string>();
  readonly #rounds = new Mutex();
  #isChecking = false;
  /** Bytes that came into the store while a round looked at it. */
  #arrived = 0;
  #ended = false;

  constructor(limit: CacheLimit, isCached: (repository: string) => boolean) {
    this.#limit = limit;
    this.#isCached = isCached;
  }

  /** A blob larger than that is not worth keeping: everything else would have to go for it. */
  get largestBytes(): number {
    return this.#limit.sizeBytes;
  }

  /** Somebody is given a manifest or a blob now. */
  note(repository: string, digest: Digest): void {
    this.#limit.uses.note(repository, digest);
  }

  /** Somebody reads or fills a blob until the hold is disposed of. */
  hold(repository: string, digest: Digest): Hold {
    return this.#holds.take(repository, digest);
  }

  /** Bytes are on their way into the store; `settle` tells what became of them. Room is made meanwhile. */
  expect(bytes: number): { settle(outcome: "stored" | "failed"): void } {
    this.#expected += bytes;
    this.check();
    const settle = (outcome: "stored" | "failed") => {
      this.#expected -= bytes;
      if (outcome === "stored") {
        this.#stored += bytes;
        this.#arrived += bytes;
      }
      this.check();
    };
    return { settle };
  }

  /** Begins to make the cache smaller if it is too large, and does not wait for that. */
  check(): void {
    const bytes = this.#stored + this.#expected;
    if (this.#isChecking || this.#ended || bytes <= this.#limit.sizeBytes || bytes <= this.#hopeless) return;
    this.#isChecking = true;
    void this.makeRoom(0).then((freed) => {
      this.#isChecking = false;
      // More may have come meanwhile; where nothing could be done, the next transfer is soon enough.
      if (freed > 0) this.check();
    });
  }

  /** Makes the cache fit, and so many bytes free beyond that: gives how many became free. For a disk that is full. */
  makeRoom(wantedBytes: number): Promise<number> {
    return this.#rounds.run(async () => {
      try {
        return this.#ended ? 0 : await this.#round(wantedBytes);
      } catch (error) {
        this.#limit.onTrouble?.(error);
        return 0;
      }
    });
  }

  /** Resolves when what has been begun is done. */
  settled(): Promise<void> {
    return this.#rounds.run(async () => undefined);
  }

  /** Takes nothing out any more. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.settled();
  }

  /** Takes out what was not used for the longest time, until the cache fits and `wantedBytes` are free. */
  async #round(wantedBytes: number): Promise<number> {
    const { sizeBytes, onCrowded } = this.#limit;
    this.#arrived = 0;
    this.#spared.clear();
    const survey = await this.#survey();
    const found = survey.bytes;
    const isTooLarge = found + this.#expected > sizeBytes;
    const isDone = () =>
      (!isTooLarge || survey.bytes + this.#expected <= sizeBytes * lowShare) && found - survey.bytes >= wantedBytes;
    for (const unit of survey.units) {
      if (this.#ended || isDone()) break;
      await this.#evict(unit, survey);
    }
    this.#stored = survey.bytes + this.#arrived;
    const bytes = survey.bytes + this.#expected;
    this.#hopeless = bytes > sizeBytes ? bytes + sizeBytes * (1 - lowShare) : 0;
    if (this.#hopeless > 0 && !this.#ended) onCrowded?.({ bytes, sizeBytes });
    return found - survey.bytes;
  }

  async #survey(): Promise<CacheSurvey> {
    const { store, uses, onTrouble } = this.#limit;
    const survey = new CacheSurvey(uses);
    for await (const repository of store.listRepositories()) {
      try {
        if (this.#isCached(repository)) {
          survey.add(repository, await store.readHoldings(repository));
          continue;
        }
      } catch (error) {
        if (isAbsent(error)) continue;
        onTrouble?.(error);
      }
      for await (const { digest } of store.listBlobs(repository)) survey.addElsewhere(digest);
    }
    uses.prune((key) => survey.has(key));
    return survey;
  }

  #isHeld({ repository, members }: CachedUnit): boolean {
    const held = [...members].filter((digest) => this.#holds.has(repository, digest));
    for (const digest of held) this.#spared.add(keyOf(repository, digest));
    return held.length > 0;
  }

  /** What nobody uses any more may be what the last round had to leave. */
  #free(key: string): void {
    if (!this.#spared.delete(key)) return;
    this.#hopeless = 0;
    this.check();
  }

  async #evict(unit: CachedUnit, survey: CacheSurvey): Promise<void> {
    const { store, pins = [], onEvicted, onTrouble } = this.#limit;
    const { repository, digest, tags, lastUsedMs } = unit;
    if (isPinned(pins, unit) || this.#isHeld(unit)) return;
    const own = survey.ownOf(unit);
    const known = survey.manifestsOf(repository);
    try {
      const isDone = await store.removeHoldings(repository, {
        manifests: own.filter((one) => unit.manifests.has(one)),
        blobs: own.filter((one) => !unit.manifests.has(one)),
        isWanted: (manifests) => {
          // Somebody may have come for it, or brought an image that shares blobs with it, since it was looked at.
          const isUsed = own.some((one) => (this.#limit.uses.when(repository, one) ?? 0) > lastUsedMs);
          return !isUsed && !this.#isHeld(unit) && [...manifests].every((one) => known.has(one));
        },
      });
      if (isDone) onEvicted?.({ repository, digest, tags: [...tags], bytes: survey.remove(unit), lastUsedMs });
    } catch (error) {
      onTrouble?.(error);
    }
  }
}
