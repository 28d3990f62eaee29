import { openKeptFile } from "../../registry/layout/kept_file.ts";
import {
  type CacheLimit,
  type KeptUploads,
  LastUses,
  openPullThrough,
  type Pin,
  type PullThroughObserver,
  type Registry,
  RememberedUploads,
} from "../../registry/mod.ts";
import type { StoreRegistry } from "../../registry/store/store_registry.ts";
import { joinObservers } from "../images/serving/joined_observer.ts";
import type { Log } from "../runtime/log.ts";
import { noteCaches } from "./cache_names.ts";
import type { CommandContext } from "./command_line.ts";
import type { CacheFlags } from "./registry_cache_flags.ts";
import { firstPart, namespacesOf, openRoutes } from "./registry_upstreams.ts";
import { UsageError } from "./usage_error.ts";

/** Where the store is, when it is on disk: what the cache remembers lies there too. */
type StoredCacheFlags = CacheFlags & { readonly store?: string };

/** Well below the silence after which servers and clients cut a connection: an error is of more use. */
const longestWaitMs = 40_000;

/** A store in front of its upstreams, if it has any; what is pulled through, and what goes again, says so in the log. */
export async function openCache(
  store: StoreRegistry,
  flags: StoredCacheFlags,
  observer: PullThroughObserver,
  { log, variables }: CommandContext,
  resources: AsyncDisposableStack,
): Promise<Registry> {
  assertUsable(flags);
  const { upstream, tags } = flags;
  if (upstream.length === 0) return store;
  const routes = resources.use(openRoutes({ upstreams: upstream, ...(tags && { tags }), variables, log }));
  if (flags.store !== undefined) {
    const names = upstream.map(({ name }) => name);
    // A disk that is full keeps no cache from being served.
    await noteCaches(flags.store, names).catch((error: unknown) => tellTrouble(log, error));
  }
  const limit = await openLimit(store, flags, log, resources);
  const cache = openPullThrough({
    store,
    route: routes.route,
    longestWaitMs,
    ...(limit && { limit }),
    kept: openKeptUploads(flags, log),
    ...joinObservers(observer, toLines(log)),
  });
  return resources.use(cache);
}

/** What becomes of transfers, as lines of the log. */
function toLines(log: Log): PullThroughObserver {
  return {
    onFilled: ({ error, ...filled }) => {
      const why = error === undefined ? {} : { error: String(error) };
      if (filled.outcome === "failed") log.warn("cannot pull", { ...filled, ...why });
      else if (filled.outcome === "passed") log.warn("pulled without keeping it", { ...filled, ...why });
      else log.info("pulled", { ...filled });
    },
    onMoved: ({ repository, tag, from, to }) => log.info("moved", { repository, tag, from, to }),
    onStale: ({ repository, target, error }) => log.warn("stale", { repository, target, error: String(error) }),
  };
}

function openKeptUploads({ store }: StoredCacheFlags, log: Log): KeptUploads {
  const kept = store === undefined ? undefined : openKeptFile(store, "unfinished-uploads.json");
  return new RememberedUploads(kept, (error) => tellTrouble(log, error));
}

function tellTrouble(log: Log, error: unknown): void {
  log.warn("cannot look after the cache", { error: String(error) });
}

/** Pins that hold nothing would be noticed when it is too late. */
function assertUsable({ upstream, pin }: CacheFlags): void {
  const names = namespacesOf(upstream);
  for (const one of pin) {
    const name = nameOf(one);
    if (names.has(firstPart(name))) continue;
    throw new UsageError(
      `Cannot pin "${name}": expected a name below one of the upstreams, which are ${[...names].join(", ")}`,
    );
  }
}

function nameOf(pin: Pin): string {
  return pin.kind === "prefix" ? pin.prefix : pin.repository;
}

async function openLimit(
  store: StoreRegistry,
  { cacheSize, pin, store: folder }: StoredCacheFlags,
  log: Log,
  resources: AsyncDisposableStack,
): Promise<CacheLimit | undefined> {
  if (cacheSize === undefined) return undefined;
  const onTrouble = (error: unknown) => tellTrouble(log, error);
  const kept = folder === undefined ? {} : { kept: openKeptFile(folder, "last-uses.json") };
  const uses = resources.use(await LastUses.open({ ...kept, onTrouble }));
  return {
    ...{ store, sizeBytes: cacheSize, pins: pin, uses, onTrouble },
    onEvicted: ({ repository, digest, tags, bytes, lastUsedMs }) => {
      const lastUse = new Date(lastUsedMs).toISOString();
      log.info("evicted", { repository, digest, tags: tags.join(" "), bytes, lastUse });
    },
    onCrowded: ({ bytes, sizeBytes }) =>
      log.warn("the cache is too large, and all else is pinned or in use", { bytes, sizeBytes }),
  };
}
