import type { Collected, Exchange, PullThroughObserver, Served, Usage } from "../../../registry/mod.ts";
import type { AccessLog } from "./access_log.ts";
import { joinObservers } from "./joined_observer.ts";
import { RegistryMetrics } from "./registry_metrics.ts";
import { type NameOf, Transfers } from "./transfers.ts";

/** What a registry is watched with. */
export interface WatchOptions {
  readonly usage: Usage;
  readonly nameOf: NameOf;
  /** Most bytes that pushes may fill of the store. */
  readonly quotaBytes?: number;
  readonly accessLog?: AccessLog;
}

/** Watches a registry that is served: counts, lists what runs, and writes the access log. */
export class ServingWatch {
  readonly transfers: Transfers;
  readonly metrics: RegistryMetrics;
  readonly observer: PullThroughObserver;
  readonly #accessLog: AccessLog | undefined;

  constructor({ usage, nameOf, quotaBytes, accessLog }: WatchOptions) {
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
    this.observer = joinObservers(transfers.observer, this.metrics.observer);
    this.#accessLog = accessLog;
  }

  begun(exchange: Exchange): void {
    this.transfers.begun(exchange);
  }

  served(served: Served, exchange: Exchange): void {
    this.transfers.ended(exchange);
    this.metrics.served(served);
    this.#accessLog?.write(served);
  }

  /** A collection of garbage that is over; undefined for one that failed. */
  collected(collected: Collected | undefined): void {
    this.metrics.collected(collected);
  }
}
