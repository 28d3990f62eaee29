import assert from "node:assert/strict";
import { test } from "node:test";
import { writeMetrics } from "../../../src/executor/statistics/metrics.ts";
import type { ResourceStatistics } from "../../../src/executor/statistics/resource_statistics.ts";

const full: ResourceStatistics = {
  timestamp: 1,
  processes: 2,
  threads: 5,
  cpus_user_time_secs: 1.5,
  cpus_system_time_secs: 0.5,
  cpus_limit: 0.2,
  cpus_nr_periods: 40,
  cpus_nr_throttled: 12,
  cpus_throttled_time_secs: 1.5,
  mem_total_bytes: 3000,
  mem_limit_bytes: 67108864,
  mem_anon_bytes: 200,
  mem_file_bytes: 100,
  mem_swap_bytes: 4,
  mem_oom_events: 2,
  net_rx_bytes: 10,
  net_tx_bytes: 20,
  net_rx_packets: 1,
  net_rx_errors: 3,
  net_rx_dropped: 4,
  net_tx_packets: 2,
  net_tx_errors: 5,
  net_tx_dropped: 6,
  blkio_statistics: {
    throttling: [
      {
        device: { major_number: 254, minor_number: 0 },
        io_serviced: [{ op: "READ", value: 7 }],
        io_service_bytes: [
          { op: "WRITE", value: 4096 },
          { op: "TOTAL", value: 4096 },
        ],
      },
    ],
  },
};

async function write(measured: Record<string, ResourceStatistics>, phases: Record<string, number> = {}) {
  const { text, contentType } = await writeMetrics({
    measure: () => new Map(Object.entries(measured)),
    countPhases: () => new Map(Object.entries(phases)),
  });
  assert.match(contentType, /^text\/plain; version=0\.0\.4/);
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test("writeMetrics() writes all that is known of a task", async () => {
  assert.deepEqual(await write({ t1: full }), [
    'mesos_docker_task_cpu_seconds_total{task="t1",mode="user"} 1.5',
    'mesos_docker_task_cpu_seconds_total{task="t1",mode="system"} 0.5',
    'mesos_docker_task_cpu_limit{task="t1"} 0.2',
    'mesos_docker_task_cpu_periods_total{task="t1",outcome="all"} 40',
    'mesos_docker_task_cpu_periods_total{task="t1",outcome="throttled"} 12',
    'mesos_docker_task_cpu_throttled_seconds_total{task="t1"} 1.5',
    'mesos_docker_task_memory_bytes{task="t1",kind="total"} 3000',
    'mesos_docker_task_memory_bytes{task="t1",kind="anon"} 200',
    'mesos_docker_task_memory_bytes{task="t1",kind="file"} 100',
    'mesos_docker_task_memory_bytes{task="t1",kind="swap"} 4',
    'mesos_docker_task_memory_limit_bytes{task="t1"} 67108864',
    'mesos_docker_task_oom_kills_total{task="t1"} 2',
    'mesos_docker_task_processes{task="t1"} 2',
    'mesos_docker_task_threads{task="t1"} 5',
    'mesos_docker_task_network_bytes_total{task="t1",direction="received"} 10',
    'mesos_docker_task_network_bytes_total{task="t1",direction="sent"} 20',
    'mesos_docker_task_network_packets_total{task="t1",direction="received",outcome="all"} 1',
    'mesos_docker_task_network_packets_total{task="t1",direction="received",outcome="error"} 3',
    'mesos_docker_task_network_packets_total{task="t1",direction="received",outcome="dropped"} 4',
    'mesos_docker_task_network_packets_total{task="t1",direction="sent",outcome="all"} 2',
    'mesos_docker_task_network_packets_total{task="t1",direction="sent",outcome="error"} 5',
    'mesos_docker_task_network_packets_total{task="t1",direction="sent",outcome="dropped"} 6',
    'mesos_docker_task_block_bytes_total{task="t1",device="254:0",operation="write"} 4096',
    'mesos_docker_task_block_operations_total{task="t1",device="254:0",operation="read"} 7',
  ]);
});

test("writeMetrics() leaves out what is not known", async () => {
  assert.deepEqual(await write({ t1: { timestamp: 1, processes: 0 } }), ['mesos_docker_task_processes{task="t1"} 0']);
});

test("writeMetrics() counts tasks by phase, and writes any id", async () => {
  const lines = await write({ 'a"b\n': { timestamp: 1, threads: 1 } }, { running: 2, ended: 3 });
  assert.deepEqual(lines, [
    'mesos_docker_tasks{phase="running"} 2',
    'mesos_docker_tasks{phase="ended"} 3',
    'mesos_docker_task_threads{task="a\\"b\\n"} 1',
  ]);
});

test("writeMetrics() remembers nothing of the look before", async () => {
  const source = { t1: { timestamp: 1, mem_oom_events: 2 } };
  assert.deepEqual(await write(source), await write(source));
});
