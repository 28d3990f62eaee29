import process from "node:process";
import type { Usage } from "../../registry/mod.ts";
import type { ServeOptions } from "../../registry/server/serve_registry.ts";
import type { MetricsPlace } from "../executor/setting_values.ts";
import { openMetricsServer } from "../executor/statistics/metrics_server.ts";
import { openAccessLog } from "../images/serving/access_log.ts";
import { readingAnswers } from "../images/serving/reading_answers.ts";
import { ServingWatch } from "../images/serving/serving_watch.ts";
import type { CommandContext } from "./command_line.ts";
import type { ServeFlags } from "./registry.ts";

/** What watches a registry, as the flags want it, and what it answers beside the API. */
export interface OpenWatch {
  readonly watch: ServingWatch;
  readonly beside: NonNullable<ServeOptions["beside"]>;
}

/** Opens what watches a registry; it is closed with `resources`, after the server that they are given next. */
export async function openWatch(
  flags: ServeFlags,
  usage: Usage,
  { log, variables }: CommandContext,
  resources: AsyncDisposableStack,
): Promise<OpenWatch> {
  const format = variables.MESOS_DOCKER_LOG_FORMAT === "json" ? "json" : "text";
  const path = typeof flags.accessLog === "string" ? { path: flags.accessLog } : {};
  const accessLog = flags.accessLog === undefined ? undefined : await openAccessLog({ format, log, ...path });
  if (accessLog) resources.use(accessLog);
  const names = new Set(flags.upstream.map(({ name }) => name));
  const watch = new ServingWatch({
    usage,
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
  return { watch, beside: readingAnswers(metrics) };
}

/** `place` is the port that was taken, or the path. */
function describePlace(wanted: MetricsPlace, place: string): string {
  if (wanted.kind === "unix") return place;
  return `${wanted.host.includes(":") ? `[${wanted.host}]` : wanted.host}:${place}`;
}
