import type { Collected, Exchange, PullThroughObserver, Served, Usage } from "../../../registry/mod.ts";
import type { AccessLog } from "./access_log.ts";
import { CacheTally } from "./cache_tally.ts";
import { joinObservers } from "./joined_observer.ts";
import type { PullHistory } from "./pull_history.ts";
import { RegistryMetrics } from "./registry_metrics.ts";
import { type NameOf, Transfers } from "./transfers.ts";

/** What a registry is watched with. */
export interface WatchOptions {
  readonly usage: Usage;
  readonly nameOf: NameOf;
  /** Most bytes that pushes may fill of the store. */
  readonly quotaBytes?: number;
  readonly accessLog?: AccessLog;
  readonly pulls: PullHistory;
}

/** Watches a registry that is served: counts, lists what runs, and writes the access log. */
export class ServingWatch {
  readonly transfers: Transfers;
  readonly metrics: RegistryMetrics;
  readonly observer: PullThroughObserver;
  /** What was asked for of upstreams since the start. */
  readonly cache = new CacheTally();
  readonly startedMs = Date.now();
  readonly #options: WatchOptions;
  #pulls = 0;

  constructor(options: WatchOptions) {
    const { usage, nameOf, quotaBytes } = options;
    this.#options = options;
    const transfers = new Transfers(nameOf);
    this.transfers = transfers;
    this.metrics = new RegistryMetrics({
      countTransfers: () => transfers.count(),
      get openUploads() {
        return usage.openUploads;
      },
      get storeBytes() {
        return usage.storeBytes;
      },
      quotaBytes,
    });
    this.observer = joinObservers(transfers.observer, this.metrics.observer, this.cache.observer);
  }

  /** Manifests that were pulled since the start. */
  get pulls(): number {
    return this.#pulls;
  }

  begun(exchange: Exchange): void {
    this.transfers.begun(exchange);
  }

  served(served: Served, exchange: Exchange): void {
    this.transfers.ended(exchange);
    this.metrics.served(served);
    this.#options.accessLog?.write(served);
    const { request, status } = served;
    if (request?.kind !== "manifest_get" || status !== 200) return;
    this.#pulls++;
    this.#options.pulls.note(this.#options.nameOf(request), request.target, Date.now());
  }

  /** A collection of garbage that is over; undefined for one that failed. */
  collected(collected: Collected | undefined): void {
    this.metrics.collected(collected);
  }
}
