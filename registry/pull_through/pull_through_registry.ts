import { type Clock, systemClock } from "../client/clock.ts";
import type { MinimumRate } from "../client/rate_watch.ts";
import type {
  BlobContent,
  CallOptions,
  ListOptions,
  ManifestContent,
  ReadBlobOptions,
  Registry,
  RegistryLister,
} from "../registry.ts";
import { isRegistryError, RegistryError } from "../registry_error.ts";
import { unsupportedRegistry } from "../unsupported_registry.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { type Digest, isDigest } from "../values/digest.ts";
import { BlobFills } from "./blob_fill.ts";
import type { Wanted } from "./blob_reading.ts";
import { isDiskFull } from "./disk_full.ts";
import { type CacheLimit, Eviction } from "./eviction.ts";
import { heldContent } from "./holds.ts";
import type { KeptUploads } from "./kept_uploads.ts";
import { ManifestFetches } from "./manifest_fetches.ts";
import type { PullThroughObserver } from "./observer.ts";
import { usualMinimumRate } from "./pace.ts";
import { RememberedUploads } from "./remembered_uploads.ts";
import { Source, type Upstream } from "./source.ts";
import type { TagPolicy } from "./tag_policy.ts";
import { listUpstream } from "./upstream_list.ts";

/** Where the content of a repository comes from. */
export interface UpstreamRoute {
  /** Name of the repository there. */
  readonly repository: string;
  /** Mirrors in the order of preference, and last the registry itself, whose word on what does not exist counts. */
  readonly upstreams: readonly Upstream[];
  /** One for all tags, or each tag's. */
  readonly tags: TagPolicy | ((tag: string) => TagPolicy);
}

/** How a pull-through registry is made. */
export interface PullThroughOptions extends PullThroughObserver {
  /** Keeps what was pulled. It must take manifests before their blobs (checks `nothing`). */
  readonly store: Registry;
  /** The route of a repository; undefined for one that is only here, which may be pushed to. */
  readonly route: (repository: string) => UpstreamRoute | undefined;
  readonly clock?: Clock;
  /** How long a source may be silent before the next one is asked as well; 2 s unless given. */
  readonly hedgeMs?: number;
  /** How long upstream is waited for when the store could answer; 2 s unless given. */
  readonly staleAfterMs?: number;
  /**
   * How long upstream is waited for otherwise, for blobs until their first bytes come; unless given, as long as its clients take to fail.
   */
  readonly longestWaitMs?: number;
  /** A source that brings less while a blob is read is joined by another one; 16 KiB a second over 10 s unless given. */
  readonly minimumRate?: MinimumRate;
  /** How large the store may become; without it, what was pulled through stays. */
  readonly limit?: CacheLimit;
  /** Larger blobs are passed on and not kept; any size unless given. */
  readonly largestBytes?: number;
  /** Has transfers that broke off gone on with; unless given, for as long as this process lives. */
  readonly kept?: KeptUploads;
}

/**
 * A registry that gets what it does not have from others; disposing of it ends its transfers, and with `await` waits until
 * nothing is done to the store any more.
 */
export interface PullThroughRegistry extends Registry, Disposable, AsyncDisposable {
  /** Takes out of the store what its limit asks for, and resolves when that is done. */
  shrink(): Promise<void>;
}

const usualHedgeMs = 2000;
const usualStaleAfterMs = 2000;

/**
 * A registry in front of others: gives what its store has, gets the rest from upstream once for all who ask, and goes on
 * answering from the store when upstream does not (contract D.4, J 39–46). Lists are upstream's alone, and fail with it.
 * Repositories without a route are the store's own.
 */
export function openPullThrough(options: PullThroughOptions): PullThroughRegistry {
  return new PullThrough(options);
}

class PullThrough implements PullThroughRegistry {
  readonly #options: PullThroughOptions;
  readonly #store: Registry;
  readonly #clock: Clock;
  readonly #eviction: Eviction | undefined;
  readonly #fills: BlobFills;
  readonly #manifests: ManifestFetches;
  readonly #sources = new Map<Upstream, Source>();

  constructor(options: PullThroughOptions) {
    const { store, clock = systemClock, hedgeMs = usualHedgeMs, limit } = options;
    this.#options = options;
    this.#store = store;
    this.#clock = clock;
    const { staleAfterMs = usualStaleAfterMs, longestWaitMs, minimumRate = usualMinimumRate } = options;
    const { kept = new RememberedUploads(), largestBytes = Number.POSITIVE_INFINITY } = options;
    const eviction = limit && new Eviction(limit, (repository) => options.route(repository) !== undefined);
    this.#eviction = eviction;
    this.#fills = new BlobFills({
      store,
      clock,
      hedgeMs,
      longestWaitMs,
      minimumRate,
      largestBytes,
      eviction,
      kept,
      observer: options,
    });
    this.#manifests = new ManifestFetches({
      ...{ store, clock, hedgeMs, staleAfterMs, longestWaitMs, eviction },
      observer: options,
    });
    // What an earlier process has left may be more than is allowed now.
    eviction?.check();
  }

  async getBlob(repository: string, digest: Digest, options: ReadBlobOptions = {}): Promise<BlobContent> {
    const route = this.#options.route(repository);
    if (!route) return await this.#store.getBlob(repository, digest, options);
    const sources = this.#sourcesOf(route, "blobs");
    const wanted = { repository, digest, sources, upstreamName: route.repository };
    const hold = this.#eviction?.hold(repository, digest);
    try {
      const content = await this.#findBlob(wanted, options);
      this.#eviction?.note(repository, digest);
      return hold ? heldContent(content, hold) : content;
    } catch (error) {
      hold?.[Symbol.dispose]();
      throw error;
    }
  }

  /** From the store, from another repository of it, or from upstream. */
  async #findBlob(wanted: Wanted, options: ReadBlobOptions): Promise<BlobContent> {
    const { repository, digest } = wanted;
    try {
      return await this.#openStored(wanted, options);
    } catch (error) {
      if (!isRegistryError(error, "BLOB_UNKNOWN", "NAME_UNKNOWN")) throw error;
      if (await this.#mount(repository, digest)) return await this.#openStored(wanted, options);
      return await this.#fills.read(wanted, options);
    }
  }

  async #openStored(wanted: Wanted, options: ReadBlobOptions): Promise<BlobContent> {
    const content = await this.#store.getBlob(wanted.repository, wanted.digest, options);
    this.#options.onLookup?.({ content: "blob", outcome: "hit" });
    return { ...content, body: this.#readStored(content, wanted, options) };
  }

  /** A blob may be taken out of the store between the look for it and its first byte: then it is upstream's to give. */
  async *#readStored(content: BlobContent, wanted: Wanted, options: ReadBlobOptions): AsyncGenerator<Uint8Array> {
    let isBegun = false;
    try {
      for await (const bytes of content.body) {
        isBegun = true;
        yield bytes;
      }
    } catch (error) {
      if (isBegun || !isRegistryError(error, "BLOB_UNKNOWN")) throw error;
      await using fetched = await this.#fills.read(wanted, options);
      yield* fetched.body;
    }
  }

  async statBlob(repository: string, digest: Digest, options: CallOptions = {}): Promise<Descriptor> {
    try {
      return await this.#store.statBlob(repository, digest, options);
    } catch (error) {
      const route = this.#options.route(repository);
      if (!route || !isRegistryError(error, "BLOB_UNKNOWN", "NAME_UNKNOWN")) throw error;
      const wanted = { sources: this.#sourcesOf(route, "blobs"), upstreamName: route.repository };
      return await this.#manifests.statBlob(digest, wanted, options);
    }
  }

  async getManifest(repository: string, target: string, options: CallOptions = {}): Promise<ManifestContent> {
    const route = this.#options.route(repository);
    if (!route) return await this.#store.getManifest(repository, target, options);
    const content = await this.#manifests.get(this.#wanted(repository, target, route), options);
    this.#eviction?.note(repository, content.descriptor.digest);
    return content;
  }

  async statManifest(repository: string, target: string, options: CallOptions = {}): Promise<Descriptor> {
    const route = this.#options.route(repository);
    if (!route) return await this.#store.statManifest(repository, target, options);
    const descriptor = await this.#manifests.stat(this.#wanted(repository, target, route), options);
    this.#eviction?.note(repository, descriptor.digest);
    return descriptor;
  }

  listTags(repository: string, options?: ListOptions): AsyncIterable<string> {
    const list = (registry: RegistryLister, name: string, more: CallOptions) =>
      registry.listTags(name, { ...options, ...more });
    return this.#list(repository, `tags of "${repository}"`, list, options);
  }

  listRepositories(options?: ListOptions): AsyncIterable<string> {
    return this.#store.listRepositories(options);
  }

  listReferrers(
    repository: string,
    digest: Digest,
    options?: CallOptions & { artifactType?: string },
  ): AsyncIterable<Descriptor> {
    const list = (registry: RegistryLister, name: string, more: CallOptions) =>
      registry.listReferrers(name, digest, { ...options, ...more });
    return this.#list(repository, `referrers of "${digest}"`, list, options);
  }

  // What is written belongs to repositories that are only here.
  pushBlob: Registry["pushBlob"] = (name, ...rest) => this.#writable(name).pushBlob(name, ...rest);
  startUpload: Registry["startUpload"] = (name, ...rest) => this.#writable(name).startUpload(name, ...rest);
  resumeUpload: Registry["resumeUpload"] = (name, ...rest) => this.#writable(name).resumeUpload(name, ...rest);
  mountBlob: Registry["mountBlob"] = (name, ...rest) => this.#writable(name).mountBlob(name, ...rest);
  pushManifest: Registry["pushManifest"] = (name, ...rest) => this.#writable(name).pushManifest(name, ...rest);

  // Taking something out of a cache is always allowed.
  deleteBlob: Registry["deleteBlob"] = (...words) => this.#store.deleteBlob(...words);
  deleteManifest: Registry["deleteManifest"] = (...words) => this.#store.deleteManifest(...words);
  deleteTag: Registry["deleteTag"] = (...words) => this.#store.deleteTag(...words);

  async shrink(): Promise<void> {
    await this.#eviction?.makeRoom(0);
  }

  [Symbol.dispose](): void {
    this.#fills[Symbol.dispose]();
    void this.#eviction?.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fills[Symbol.asyncDispose]();
    await this.#eviction?.end();
  }

  #writable(repository: string): Registry {
    if (!this.#options.route(repository)) return this.#store;
    const denied = new RegistryError("DENIED", `Cannot write to "${repository}": it is a cache of another registry`);
    return unsupportedRegistry({
      pushBlob: () => Promise.reject(denied),
      startUpload: () => Promise.reject(denied),
      resumeUpload: () => Promise.reject(denied),
      mountBlob: () => Promise.reject(denied),
      pushManifest: () => Promise.reject(denied),
    });
  }

  /** Lists are not kept, and what happens to be here is none: who takes it for one deletes what is missing in it. */
  async *#list<T>(
    repository: string,
    what: string,
    list: (registry: RegistryLister, name: string, more: CallOptions) => AsyncIterable<T>,
    { signal = new AbortController().signal, pageSize }: ListOptions = {},
  ): AsyncGenerator<T> {
    const route = this.#options.route(repository);
    if (!route) return yield* list(this.#store, repository, {});
    const { hedgeMs = usualHedgeMs, longestWaitMs } = this.#options;
    yield* listUpstream(
      this.#sourcesOf(route, "tags"),
      (registry, ending) => list(registry, route.repository, { signal: ending }),
      { clock: this.#clock, hedgeMs, longestWaitMs, what, signal, count: pageSize },
    );
  }

  /** Another repository may have the blob already. */
  async #mount(repository: string, digest: Digest): Promise<boolean> {
    try {
      return (await this.#store.mountBlob(repository, digest, { otherwise: "nothing" })).kind === "mounted";
    } catch (error) {
      // What has no room in the repository is read from upstream.
      if (!isDiskFull(error)) throw error;
      return false;
    }
  }

  #wanted(repository: string, target: string, route: UpstreamRoute) {
    const sources = this.#sourcesOf(route, isDigest(target) ? "blobs" : "tags");
    return { repository, target, policy: policyOf(route, target), sources, upstreamName: route.repository };
  }

  /** Those that are asked for such content. */
  #sourcesOf({ upstreams }: UpstreamRoute, what: "tags" | "blobs"): Source[] {
    const asked = upstreams.filter(({ serves }) => serves?.includes(what) ?? true);
    return asked.map((upstream) => {
      const source = this.#sources.get(upstream) ?? new Source(upstream, this.#clock, this.#options);
      this.#sources.set(upstream, source);
      return source;
    });
  }
}

/** What a digest points at never changes. */
function policyOf({ tags }: UpstreamRoute, target: string): TagPolicy {
  if (isDigest(target)) return { kind: "pinned" };
  return typeof tags === "function" ? tags(target) : tags;
}
