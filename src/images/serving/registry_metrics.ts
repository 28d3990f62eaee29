import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type Collected, isRegistryError, type PullThroughObserver, type Served } from "../../../registry/mod.ts";

/** What is looked at when metrics are asked for. */
export interface MetricsSource {
  /** Transfers that run now, by kind. */
  countTransfers(): Readonly<Record<"pull" | "push" | "fill", number>>;
  readonly openUploads: number;
  /** Undefined until the store has been measured. */
  readonly storeBytes: number | undefined;
  /** Most bytes that pushes may fill of the store. */
  readonly quotaBytes: number | undefined;
}

/** Seconds; a manifest takes milliseconds, a layer minutes. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/**
 * Counts what a registry does, for Prometheus. No name of a repository, tag or client is a label: there are any number of
 * those, and metrics may be read by more people than images.
 */
export class RegistryMetrics {
  readonly #registry = new Registry();
  readonly #requests = this.#counter("requests_total", "Requests that were answered", ["kind", "status"]);
  readonly #broken = this.#counter("broken_answers_total", "Answers that did not reach their client whole", ["kind"]);
  readonly #refused = this.#counter("refused_requests_total", "Requests that were told to come back later (429)");
  readonly #sent = this.#counter("sent_bytes_total", "Bytes of bodies sent to clients", ["kind"]);
  readonly #received = this.#counter("received_bytes_total", "Bytes of bodies received from clients", ["kind"]);
  readonly #durations = new Histogram({
    name: "mesos_docker_registry_request_duration_seconds",
    help: "From a request's headers to the end of its answer",
    labelNames: ["kind"],
    buckets: durationBuckets,
    registers: [this.#registry],
  });
  readonly #lookups = this.#counter("cache_lookups_total", "Content of upstreams that was asked for", [
    "content",
    "outcome",
  ]);
  readonly #stale = this.#counter("cache_stale_answers_total", "Answers from the store because upstream gave none");
  readonly #fills = this.#counter("cache_fills_total", "Transfers from upstream into the store", ["outcome"]);
  readonly #upstreamBytes = this.#counter("upstream_bytes_total", "Bytes received from upstream", ["source"]);
  readonly #failures = this.#counter("upstream_failures_total", "Calls of upstream that failed", ["source", "code"]);
  readonly #collections = this.#counter("gc_runs_total", "Collections of garbage", ["outcome"]);
  readonly #freed = this.#counter("gc_freed_bytes_total", "Bytes that collections gave back");
  readonly #removed = this.#counter("gc_removed_total", "What collections removed", ["what"]);

  constructor(source: MetricsSource) {
    this.#gauge(
      "transfers",
      "Transfers of blobs that run now",
      (gauge) => {
        for (const [kind, count] of Object.entries(source.countTransfers())) gauge.set({ kind }, count);
      },
      ["kind"],
    );
    this.#gauge("uploads", "Uploads that have begun and not ended", (gauge) => gauge.set(source.openUploads));
    this.#gauge("stored_bytes", "Bytes of the store, shared ones once, and of uploads", (gauge) => {
      if (source.storeBytes !== undefined) gauge.set(source.storeBytes);
      else gauge.remove();
    });
    if (source.quotaBytes !== undefined) {
      this.#gauge("quota_bytes", "Most that pushes may fill of the store").set(source.quotaBytes);
    }
    this.#gauge("start_time_seconds", "When it began, since the epoch").set(Math.round(Date.now() / 1000));
  }

  /** Counts of what is pulled through. */
  readonly observer: PullThroughObserver = {
    onLookup: (lookup) => this.#lookups.inc(lookup),
    onFilled: ({ outcome }) => this.#fills.inc({ outcome }),
    onStale: () => this.#stale.inc(),
    onReceived: ({ source, bytes }) => this.#upstreamBytes.inc({ source }, bytes),
    onSourceFailed: ({ source, error }) => {
      this.#failures.inc({ source, code: isRegistryError(error) ? error.code : "UNKNOWN" });
    },
  };

  served({ request, status, outcome, sentBytes, receivedBytes, durationMs }: Served): void {
    const kind = request?.kind ?? "other";
    this.#requests.inc({ kind, status });
    this.#durations.observe({ kind }, durationMs / 1000);
    if (outcome === "broken") this.#broken.inc({ kind });
    if (status === 429) this.#refused.inc();
    if (sentBytes > 0) this.#sent.inc({ kind }, sentBytes);
    if (receivedBytes > 0) this.#received.inc({ kind }, receivedBytes);
  }

  /** A collection of garbage that is over; undefined for one that failed. One that has passed over a repository has failed as well. */
  collected(collected: Collected | undefined): void {
    this.#collections.inc({ outcome: collected?.passedOver.length === 0 ? "done" : "failed" });
    if (!collected) return;
    this.#freed.inc(collected.freedBytes);
    for (const what of ["blobs", "manifests", "uploads"] as const) this.#removed.inc({ what }, collected[what]);
  }

  /** The text format of Prometheus. */
  async write(): Promise<{ contentType: string; text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return new Counter({ name: `mesos_docker_registry_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge<Label extends string>(
    name: string,
    help: string,
    look?: (gauge: Gauge<Label>) => void,
    labelNames: readonly Label[] = [],
  ): Gauge<Label> {
    const collect = look && {
      collect(this: Gauge<Label>) {
        look(this);
      },
    };
    const about = { name: `mesos_docker_registry_${name}`, help, labelNames, registers: [this.#registry] };
    return new Gauge({ ...about, ...collect });
  }
}
