import { type Clock, systemClock } from "../client/clock.ts";
import type { BlobContent, CallOptions, ListOptions, ManifestContent, Registry } from "../registry.ts";
import { isRegistryError, RegistryError } from "../registry_error.ts";
import { unsupportedRegistry } from "../unsupported_registry.ts";
import type { ByteRange } from "../values/byte_range.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { type Digest, isDigest } from "../values/digest.ts";
import { BlobFills } from "./blob_fill.ts";
import type { KeptUploads } from "./kept_uploads.ts";
import { ManifestFetches } from "./manifest_fetches.ts";
import type { PullThroughObserver } from "./observer.ts";
import { Source, type Upstream } from "./source.ts";
import type { TagPolicy } from "./tag_policy.ts";

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
  /** Has transfers that broke off gone on with; without, they leave nothing. */
  readonly kept?: KeptUploads;
}

/** A registry that gets what it does not have from others; disposing of it ends its transfers. */
export interface PullThroughRegistry extends Registry, Disposable {}

const usualHedgeMs = 2000;
const usualStaleAfterMs = 2000;

/**
 * A registry in front of others: gives what its store has, gets the rest from upstream once for all who ask, and goes on
 * answering from the store when upstream does not (contract D.4, J 39–46). Repositories without a route are the store's own.
 */
export function openPullThrough(options: PullThroughOptions): PullThroughRegistry {
  return new PullThrough(options);
}

class PullThrough implements PullThroughRegistry {
  readonly #options: PullThroughOptions;
  readonly #store: Registry;
  readonly #clock: Clock;
  readonly #fills: BlobFills;
  readonly #manifests: ManifestFetches;
  readonly #sources = new Map<Upstream, Source>();

  constructor(options: PullThroughOptions) {
    const { store, clock = systemClock, hedgeMs = usualHedgeMs, staleAfterMs = usualStaleAfterMs, kept } = options;
    this.#options = options;
    this.#store = store;
    this.#clock = clock;
    this.#fills = new BlobFills({ store, clock, hedgeMs, observer: options, ...(kept ? { kept } : {}) });
    this.#manifests = new ManifestFetches({ store, clock, hedgeMs, staleAfterMs, observer: options });
  }

  async getBlob(
    repository: string,
    digest: Digest,
    options: CallOptions & { range?: ByteRange } = {},
  ): Promise<BlobContent> {
    const route = this.#options.route(repository);
    if (!route) return await this.#store.getBlob(repository, digest, options);
    const read = async () => {
      const content = await this.#store.getBlob(repository, digest, options);
      this.#options.onLookup?.({ content: "blob", outcome: "hit" });
      return content;
    };
    try {
      return await read();
    } catch (error) {
      if (!isRegistryError(error, "BLOB_UNKNOWN", "NAME_UNKNOWN")) throw error;
      if (await this.#mount(repository, digest)) return await read();
      const wanted = { repository, digest, sources: this.#sourcesOf(route, "blobs"), upstreamName: route.repository };
      return await this.#fills.read(wanted, options);
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
    return await this.#manifests.get(this.#wanted(repository, target, route), options);
  }

  async statManifest(repository: string, target: string, options: CallOptions = {}): Promise<Descriptor> {
    const route = this.#options.route(repository);
    if (!route) return await this.#store.statManifest(repository, target, options);
    return await this.#manifests.stat(this.#wanted(repository, target, route), options);
  }

  listTags(repository: string, options?: ListOptions): AsyncIterable<string> {
    return this.#list(repository, (registry, name) => registry.listTags(name, options));
  }

  listRepositories(options?: ListOptions): AsyncIterable<string> {
    return this.#store.listRepositories(options);
  }

  listReferrers(
    repository: string,
    digest: Digest,
    options?: CallOptions & { artifactType?: string },
  ): AsyncIterable<Descriptor> {
    return this.#list(repository, (registry, name) => registry.listReferrers(name, digest, options));
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

  [Symbol.dispose](): void {
    this.#fills[Symbol.dispose]();
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

  /** Lists are not kept: upstream has them, and without it what is here is better than nothing. */
  async *#list<T>(
    repository: string,
    list: (registry: Pick<Registry, "listTags" | "listReferrers">, name: string) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const route = this.#options.route(repository);
    if (route) {
      const upstream = route.upstreams.at(-1);
      const read = async () =>
        upstream ? await Array.fromAsync(list(upstream.registry, route.repository)) : undefined;
      const found = await read().catch((error: unknown) => {
        if (isRegistryError(error, "NAME_UNKNOWN")) throw error;
        this.#options.onStale?.({ repository, target: "", error });
        return undefined;
      });
      if (found) return yield* found;
    }
    yield* list(this.#store, repository);
  }

  /** Another repository may have the blob already. */
  async #mount(repository: string, digest: Digest): Promise<boolean> {
    return (await this.#store.mountBlob(repository, digest, { otherwise: "nothing" })).kind === "mounted";
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
