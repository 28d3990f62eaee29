import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { MetricsPlace } from "../setting_values.ts";
import type { TaskView } from "../task_view.ts";
import { measureRunning } from "./running_tasks.ts";
import { keepStatisticsFile } from "./statistics_file.ts";

/** What is published, and whereof. */
export interface PublicationParts {
  view: TaskView;
  /** Pause between two writings of the sandbox' file; absent when there is to be none. */
  intervalMs?: number;
  /** Where metrics are served; absent when they are not. */
  metrics?: MetricsPlace;
  sandbox: string;
  clock: Clock;
  log: Log;
}

/** Publishes what tasks use until it is disposed. A place that is taken is told in the log, and ends nothing. */
export async function openPublication(parts: PublicationParts): Promise<AsyncDisposable> {
  const { view, intervalMs, metrics, sandbox, clock, log } = parts;
  await using opened = new AsyncDisposableStack();
  const measure = () => measureRunning(view, clock.now());
  if (intervalMs !== undefined) {
    const ending = new AbortController();
    const keeping = keepStatisticsFile({ sandbox, intervalMs, measure, clock, log, signal: ending.signal });
    opened.defer(async () => {
      ending.abort();
      await keeping;
    });
  }
  if (metrics) {
    const [{ openMetricsServer }, { writeMetrics }] = await Promise.all([
      import("./metrics_server.ts"),
      import("./metrics.ts"),
    ]);
    const write = () => writeMetrics({ measure, countPhases: () => countPhases(view) });
    try {
      const server = opened.use(await openMetricsServer(metrics, write, log));
      log.info("metrics are served", { place: server.place });
    } catch (error) {
      log.error("metrics are not served", { error: String(error) });
    }
  }
  return opened.move();
}

function countPhases({ tasks }: TaskView): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { phase } of tasks().values()) counts.set(phase.kind, (counts.get(phase.kind) ?? 0) + 1);
  return counts;
}
