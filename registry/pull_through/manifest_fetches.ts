import type { Clock } from "../client/clock.ts";
import type { CallOptions, ManifestContent, Registry } from "../registry.ts";
import { isAbsent, isRegistryError, RegistryError } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { type Digest, isDigest } from "../values/digest.ts";
import { type Answered, askSources } from "./ask_sources.ts";
import { isDiskFull } from "./disk_full.ts";
import type { Eviction } from "./eviction.ts";
import type { PullThroughObserver } from "./observer.ts";
import type { Source } from "./source.ts";
import { TagAges, type TagPolicy } from "./tag_policy.ts";

/** What fetching takes. */
export interface FetchOptions {
  readonly store: Registry;
  readonly clock: Clock;
  readonly hedgeMs: number;
  /** How long upstream is waited for when the store could answer. */
  readonly staleAfterMs: number;
  /** How long upstream is waited for when the store could not. */
  readonly longestWaitMs: number | undefined;
  readonly eviction: Eviction | undefined;
  readonly observer: PullThroughObserver;
}

/** A manifest that is wanted, and where it can be had under which name. */
export interface WantedManifest {
  readonly repository: string;
  readonly target: string;
  readonly policy: TagPolicy;
  readonly sources: readonly Source[];
  readonly upstreamName: string;
}

/** A manifest that was found, whether its content had to be fetched, and that content then. */
interface Found {
  readonly descriptor: Descriptor;
  readonly outcome: "hit" | "miss" | "stale";
  readonly content?: ManifestContent;
}

/** Gets manifests from upstream into the store, each once however many want it at the same time. */
export class ManifestFetches {
  readonly #options: FetchOptions;
  readonly #ages = new TagAges();
  readonly #running = new Map<string, Promise<Found>>();

  constructor(options: FetchOptions) {
    this.#options = options;
  }

  async get(wanted: WantedManifest, options: CallOptions): Promise<ManifestContent> {
    const { store, observer } = this.#options;
    const { descriptor, content, outcome } = await this.#find(wanted, "with content");
    if (outcome !== "stale") observer.onLookup?.({ content: "manifest", outcome });
    if (content) return content;
    try {
      return await store.getManifest(wanted.repository, descriptor.digest, options);
    } catch (error) {
      // It was taken out of the store a moment ago.
      if (!isAbsent(error)) throw error;
      return (await this.#fetch(wanted, "with content", undefined)).content ?? Promise.reject(error);
    }
  }

  /** What a tag points at; nothing is fetched for that. */
  async stat(wanted: WantedManifest, _options: CallOptions): Promise<Descriptor> {
    return (await this.#find(wanted, "without content")).descriptor;
  }

  /** Size of a blob that is not in the store. */
  async statBlob(
    digest: Digest,
    { sources, upstreamName }: Pick<WantedManifest, "sources" | "upstreamName">,
    { signal }: CallOptions,
  ): Promise<Descriptor> {
    const ask = ({ upstream }: Source, ending: AbortSignal) =>
      upstream.registry.statBlob(upstreamName, digest, { signal: ending });
    return (await this.#ask(sources, ask, `blob "${digest}"`, signal)).value;
  }

  async #find(wanted: WantedManifest, extent: "with content" | "without content"): Promise<Found> {
    const { repository, target, policy } = wanted;
    const { store, clock } = this.#options;
    const stored = await store.statManifest(repository, target).catch(toNothing);
    if (stored && this.#ages.isCurrent(repository, target, policy, clock.now())) {
      return { descriptor: stored, outcome: "hit" };
    }
    const key = `${extent} ${repository} ${target}`;
    const fetching = this.#running.get(key) ?? this.#fetch(wanted, extent, stored);
    this.#running.set(key, fetching);
    try {
      return await (stored ? this.#orStale(fetching, wanted, stored) : fetching);
    } finally {
      if (this.#running.get(key) === fetching) this.#running.delete(key);
    }
  }

  /** What upstream says, unless it fails or takes too long: then the store's own answer. */
  async #orStale(fetching: Promise<Found>, wanted: WantedManifest, stored: Descriptor): Promise<Found> {
    const { clock, staleAfterMs, observer } = this.#options;
    const { repository, target } = wanted;
    const settled = new AbortController();
    const late = clock.sleep(staleAfterMs, { signal: settled.signal }).then(() => {
      throw new RegistryError(
        "UNAVAILABLE",
        `Cannot ask for "${target}": upstream took longer than ${staleAfterMs} ms`,
      );
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([fetching, late]);
    } catch (error) {
      // It is still under way when it is only late, and ends in the store then.
      fetching.catch(() => undefined);
      if (isAbsent(error)) throw error;
      observer.onStale?.({ repository, target, error });
      return { descriptor: stored, outcome: "stale" };
    } finally {
      settled.abort(new Error("upstream has answered"));
    }
  }

  async #fetch(
    wanted: WantedManifest,
    extent: "with content" | "without content",
    stored: Descriptor | undefined,
  ): Promise<Found> {
    const { repository, target, sources, upstreamName } = wanted;
    const { clock } = this.#options;
    const what = `manifest "${target}"`;
    const saw = () => this.#ages.saw(repository, target, clock.now());
    if (stored || extent === "without content") {
      // A HEAD counts against no limit of pulls.
      const stat = ({ upstream }: Source, signal: AbortSignal) =>
        upstream.registry.statManifest(upstreamName, target, { signal });
      const { value } = await this.#ask(sources, stat, what);
      if (value.digest === stored?.digest) saw();
      if (value.digest === stored?.digest || extent === "without content") return { descriptor: value, outcome: "hit" };
    }
    const get = ({ upstream }: Source, signal: AbortSignal) =>
      upstream.registry.getManifest(upstreamName, target, { signal });
    const { value, source } = await this.#ask(sources, get, what);
    await this.#keep(wanted, value, source);
    saw();
    const { digest: to } = value.descriptor;
    if (stored && stored.digest !== to) {
      this.#options.observer.onMoved?.({ repository, tag: target, from: stored.digest, to });
    }
    this.#options.observer.onReceived?.({ source: source.upstream.name, bytes: value.bytes.byteLength });
    return { descriptor: value.descriptor, content: value, outcome: "miss" };
  }

  /** Who asked gets it also when the disk is full. */
  async #keep({ repository, target }: WantedManifest, content: ManifestContent, source: Source): Promise<void> {
    const { store, eviction } = this.#options;
    const { mediaType, digest } = content.descriptor;
    const tags = isDigest(target) ? [] : [target];
    const keep = () => store.pushManifest(repository, content.bytes, { mediaType, digest, tags });
    try {
      await keep();
    } catch (error) {
      if (isDiskFull(error)) {
        if (await eviction?.makeRoom(content.bytes.byteLength)) await keep().catch(ignoreDiskFull);
        return;
      }
      // What the store does not take for a manifest, upstream should not have sent.
      source.failed(error);
      throw error;
    }
  }

  #ask<T>(
    sources: readonly Source[],
    ask: (source: Source, signal: AbortSignal) => Promise<T>,
    what: string,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Answered<T>> {
    const { clock, hedgeMs, longestWaitMs } = this.#options;
    return askSources(sources, ask, { clock, hedgeMs, longestWaitMs, what, signal });
  }
}

function ignoreDiskFull(error: unknown): void {
  if (!isDiskFull(error)) throw error;
}

function toNothing(error: unknown): undefined {
  if (!isRegistryError(error, "MANIFEST_UNKNOWN", "NAME_UNKNOWN")) throw error;
  return undefined;
}
