import { join } from "node:path";
import process from "node:process";
import { isBelow } from "../../registry/mod.ts";
import type { ServeOptions } from "../../registry/server/serve_registry.ts";
import type { StoreRegistry } from "../../registry/store/store_registry.ts";
import type { MetricsPlace } from "../executor/setting_values.ts";
import { openMetricsServer } from "../executor/statistics/metrics_server.ts";
import { openAccessLog } from "../images/serving/access_log.ts";
import { Inventory } from "../images/serving/inventory.ts";
import { pageReadings } from "../images/serving/page/page_answers.ts";
import { PullHistory } from "../images/serving/pull_history.ts";
import { readingAnswers } from "../images/serving/reading_answers.ts";
import { ServingWatch } from "../images/serving/serving_watch.ts";
import { systemClock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import type { CommandContext } from "./command_line.ts";
import type { ServeFlags } from "./registry.ts";
import { namespacesOf } from "./registry_upstreams.ts";

/** Pulls that a crash may forget. */
const saveIntervalMs = 30_000;

/** What watches a registry, as the flags want it, and what it answers beside the API. */
export interface OpenWatch {
  readonly watch: ServingWatch;
  readonly beside: NonNullable<ServeOptions["beside"]>;
}

/** Opens what watches a registry; it is closed with `resources`, after the server that they are given next. */
export async function openWatch(
  flags: ServeFlags,
  store: StoreRegistry,
  { log, variables }: CommandContext,
  resources: AsyncDisposableStack,
): Promise<OpenWatch> {
  const format = variables.MESOS_DOCKER_LOG_FORMAT === "json" ? "json" : "text";
  const path = typeof flags.accessLog === "string" ? { path: flags.accessLog } : {};
  const accessLog = flags.accessLog === undefined ? undefined : await openAccessLog({ format, log, ...path });
  if (accessLog) resources.use(accessLog);
  const pulls = await PullHistory.open(flags.store === undefined ? undefined : join(flags.store, "pulls.json"), log);
  resources.use(pulls.saveEvery(saveIntervalMs, systemClock));
  const { usage } = store;
  const names = namespacesOf(flags.upstream);
  const watch = new ServingWatch({
    ...{ usage, pulls },
    nameOf: ({ repository, namespace = "" }) => (names.has(namespace) ? `${namespace}/${repository}` : repository),
    ...(flags.quota === undefined ? {} : { quotaBytes: flags.quota }),
    ...(accessLog && { accessLog }),
  });
  // Nobody waits for it; until it is done, metrics do without.
  usage.measure().catch((error: unknown) => log.error("cannot measure the store", { error: String(error) }));
  if (flags.metrics) {
    const server = resources.use(await openMetricsServer(flags.metrics, () => watch.metrics.write(), log));
    process.stdout.write(`metrics at ${describePlace(flags.metrics, server.place)}\n`);
  }
  const metrics = flags.metrics ? {} : { "/metrics": () => watch.metrics.write() };
  return { watch, beside: readingAnswers({ ...metrics, ...pagesOf(flags, { store, watch, pulls, log }) }) };
}

interface PageMeans {
  readonly store: StoreRegistry;
  readonly watch: ServingWatch;
  readonly pulls: PullHistory;
  readonly log: Log;
}

/** The pages that show what clients may see of a registry. */
function pagesOf({ allow, upstream, quota }: ServeFlags, { store, watch, pulls, log }: PageMeans) {
  const isVisible = (repository: string) => allow.length === 0 || isBelow(repository, allow);
  const inventory = new Inventory(store, isVisible, () => systemClock.now());
  const live = () => ({
    ...{ storeBytes: store.usage.storeBytes, quotaBytes: quota, openUploads: store.usage.openUploads },
    ...{ pulls: watch.pulls, startedMs: watch.startedMs, nowMs: systemClock.now() },
    ...{ transfers: watch.transfers.list(), cache: upstream.length === 0 ? undefined : watch.cache },
  });
  return pageReadings({ inventory, pulls, isVisible, live, log });
}

/** `place` is the port that was taken, or the path. */
function describePlace(wanted: MetricsPlace, place: string): string {
  if (wanted.kind === "unix") return place;
  return `${wanted.host.includes(":") ? `[${wanted.host}]` : wanted.host}:${place}`;
}
