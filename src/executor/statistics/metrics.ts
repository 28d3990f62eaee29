import { Counter, Gauge, Registry } from "prom-client";
import type { BlkioStatistics, ResourceStatistics } from "./resource_statistics.ts";

/** What an executor shows of itself. */
export interface MetricsSource {
  measure(): ReadonlyMap<string, ResourceStatistics>;
  /** Tasks by phase. */
  countPhases(): ReadonlyMap<string, number>;
}

/** Values of one metric for a task, each with the labels that tell it from the others. */
type Reading = readonly [labels: Readonly<Record<string, string>>, value: number | undefined];

interface MetricSpec {
  name: string;
  help: string;
  kind: "counter" | "gauge";
  /** Beside the task's. */
  labels: readonly string[];
  read: (statistics: ResourceStatistics) => readonly Reading[];
}

const specs: readonly MetricSpec[] = [
  {
    name: "cpu_seconds_total",
    help: "Cpu time used",
    kind: "counter",
    labels: ["mode"],
    read: (s) => [
      [{ mode: "user" }, s.cpus_user_time_secs],
      [{ mode: "system" }, s.cpus_system_time_secs],
    ],
  },
  { name: "cpu_limit", help: "Cpus of the quota", kind: "gauge", labels: [], read: (s) => [[{}, s.cpus_limit]] },
  {
    name: "cpu_periods_total",
    help: "Periods of the quota, and those in which it was used up",
    kind: "counter",
    labels: ["outcome"],
    read: (s) => [
      [{ outcome: "all" }, s.cpus_nr_periods],
      [{ outcome: "throttled" }, s.cpus_nr_throttled],
    ],
  },
  {
    name: "cpu_throttled_seconds_total",
    help: "Time in which the quota was used up",
    kind: "counter",
    labels: [],
    read: (s) => [[{}, s.cpus_throttled_time_secs]],
  },
  {
    name: "memory_bytes",
    help: "Memory used",
    kind: "gauge",
    labels: ["kind"],
    read: (s) => [
      [{ kind: "total" }, s.mem_total_bytes],
      [{ kind: "anon" }, s.mem_anon_bytes],
      [{ kind: "file" }, s.mem_file_bytes],
      [{ kind: "swap" }, s.mem_swap_bytes],
    ],
  },
  {
    name: "memory_limit_bytes",
    help: "Memory limit",
    kind: "gauge",
    labels: [],
    read: (s) => [[{}, s.mem_limit_bytes]],
  },
  {
    name: "oom_kills_total",
    help: "Processes that the kernel killed for want of memory",
    kind: "counter",
    labels: [],
    read: (s) => [[{}, s.mem_oom_events]],
  },
  { name: "processes", help: "Processes", kind: "gauge", labels: [], read: (s) => [[{}, s.processes]] },
  { name: "threads", help: "Threads", kind: "gauge", labels: [], read: (s) => [[{}, s.threads]] },
  {
    name: "network_bytes_total",
    help: "Bytes of the container's own network",
    kind: "counter",
    labels: ["direction"],
    read: (s) => [
      [{ direction: "received" }, s.net_rx_bytes],
      [{ direction: "sent" }, s.net_tx_bytes],
    ],
  },
  {
    name: "network_packets_total",
    help: "Packets of the container's own network",
    kind: "counter",
    labels: ["direction", "outcome"],
    read: (s) => [
      [{ direction: "received", outcome: "all" }, s.net_rx_packets],
      [{ direction: "received", outcome: "error" }, s.net_rx_errors],
      [{ direction: "received", outcome: "dropped" }, s.net_rx_dropped],
      [{ direction: "sent", outcome: "all" }, s.net_tx_packets],
      [{ direction: "sent", outcome: "error" }, s.net_tx_errors],
      [{ direction: "sent", outcome: "dropped" }, s.net_tx_dropped],
    ],
  },
  {
    name: "block_bytes_total",
    help: "Bytes of block devices",
    kind: "counter",
    labels: ["device", "operation"],
    read: (s) => readBlocks(s, (one) => one.io_service_bytes),
  },
  {
    name: "block_operations_total",
    help: "Operations on block devices",
    kind: "counter",
    labels: ["device", "operation"],
    read: (s) => readBlocks(s, (one) => one.io_serviced),
  },
];

function readBlocks(
  { blkio_statistics: blocks }: ResourceStatistics,
  pick: (one: BlkioStatistics) => BlkioStatistics["io_serviced"],
): Reading[] {
  return (blocks?.throttling ?? []).flatMap((one) =>
    pick(one)
      .filter(({ op }) => op === "READ" || op === "WRITE")
      .map(({ op, value }): Reading => {
        const { major_number: major, minor_number: minor } = one.device;
        return [{ device: `${major}:${minor}`, operation: op.toLowerCase() }, value];
      }),
  );
}

/** Writes what an executor shows in the text format of Prometheus; every look reads the kernel anew. */
export async function writeMetrics(source: MetricsSource): Promise<{ contentType: string; text: string }> {
  const registry = new Registry();
  const phases = new Gauge({
    name: "mesos_docker_tasks",
    help: "Tasks of the executor",
    labelNames: ["phase"],
    registers: [registry],
  });
  for (const [phase, count] of source.countPhases()) phases.set({ phase }, count);
  const measured = [...source.measure()];
  for (const spec of specs) addMetric(registry, spec, measured);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

function addMetric(
  registry: Registry,
  { name, help, kind, labels, read }: MetricSpec,
  measured: readonly (readonly [taskId: string, statistics: ResourceStatistics])[],
): void {
  const options = { name: `mesos_docker_task_${name}`, help, labelNames: ["task", ...labels], registers: [registry] };
  const metric = kind === "counter" ? new Counter(options) : new Gauge(options);
  for (const [task, statistics] of measured) {
    // The kernel has counted; a metric of this look begins at nothing.
    for (const [own, value] of read(statistics)) if (value !== undefined) metric.inc({ task, ...own }, value);
  }
}
