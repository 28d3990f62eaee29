import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { readTaskStatistics } from "../../../src/executor/statistics/task_statistics.ts";
import { type KernelFilesInit, mountsV1, mountsV2, openKernelSpecimen } from "../kernel_specimen.ts";

const netDev = [
  "Inter-|   Receive                                                |  Transmit",
  " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed",
  "    lo:     999      99    9    9    0     0          0         0      999      99    9    9    0     0       0          0",
  "  eth0:    1000      10    1    2    0     0          0         0     2000      20    3    4    0     0       0          0",
  "  eth1:       1       1    0    0    0     0          0         0        2       2    0    0    0     0       0          0",
  "",
].join("\n");

const network = {
  net_rx_bytes: 1001,
  net_rx_packets: 11,
  net_rx_errors: 1,
  net_rx_dropped: 2,
  net_tx_bytes: 2002,
  net_tx_packets: 22,
  net_tx_errors: 3,
  net_tx_dropped: 4,
};

const group = "mesos/c/d";

const v1: KernelFilesInit = {
  "proc/self/mountinfo": mountsV1,
  "proc/7/cgroup": ["cpu", "cpuacct", "memory", "blkio", "pids"]
    .map((name, index) => `${index + 1}:${name}:/${group}\n`)
    .join(""),
  "proc/7/net/dev": netDev,
  [`cg/cpuacct/${group}/cpuacct.stat`]: "user 150\nsystem 50\n",
  [`cg/cpu/${group}/cpu.stat`]: "nr_periods 40\nnr_throttled 12\nthrottled_time 1500000000\n",
  [`cg/cpu/${group}/cpu.cfs_quota_us`]: "20000\n",
  [`cg/cpu/${group}/cpu.cfs_period_us`]: "100000\n",
  [`cg/memory/${group}/memory.usage_in_bytes`]: "3000\n",
  [`cg/memory/${group}/memory.limit_in_bytes`]: "67108864\n",
  [`cg/memory/${group}/memory.soft_limit_in_bytes`]: "9223372036854771712\n",
  [`cg/memory/${group}/memory.stat`]:
    "cache 1\nrss 2\ntotal_cache 100\ntotal_rss 200\ntotal_mapped_file 30\ntotal_swap 4\ntotal_unevictable 5\n",
  [`cg/memory/${group}/memory.oom_control`]: "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
  [`cg/memory/${group}/cgroup.procs`]: "7\n8\n",
  [`cg/pids/${group}/pids.current`]: "5\n",
  [`cg/blkio/${group}/blkio.throttle.io_serviced_recursive`]: "254:0 Read 1\n254:0 Write 2\n254:0 Total 3\nTotal 3\n",
  [`cg/blkio/${group}/blkio.throttle.io_service_bytes_recursive`]: "254:0 Read 4096\n254:0 Total 4096\nTotal 4096\n",
};

const v2: KernelFilesInit = {
  "proc/self/mountinfo": mountsV2,
  "proc/7/cgroup": `0::/${group}\n`,
  "proc/7/net/dev": netDev,
  [`cg/${group}/cgroup.procs`]: "7\n",
  [`cg/${group}/cpu.stat`]:
    "usage_usec 2000000\nuser_usec 1500000\nsystem_usec 500000\nnr_periods 40\nnr_throttled 12\nthrottled_usec 1500000\n",
  [`cg/${group}/cpu.max`]: "20000 100000\n",
  [`cg/${group}/memory.current`]: "3000\n",
  [`cg/${group}/memory.max`]: "67108864\n",
  [`cg/${group}/memory.low`]: "1024\n",
  [`cg/${group}/memory.stat`]: "anon 200\nfile 100\nfile_mapped 30\nunevictable 5\n",
  [`cg/${group}/memory.swap.current`]: "4\n",
  [`cg/${group}/memory.events`]: "low 0\nhigh 0\nmax 9\noom 1\noom_kill 2\n",
  [`cg/${group}/pids.current`]: "5\n",
  [`cg/${group}/io.stat`]: "254:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n7:0 \n",
};

const common = {
  timestamp: 12.5,
  threads: 5,
  cpus_user_time_secs: 1.5,
  cpus_system_time_secs: 0.5,
  cpus_limit: 0.2,
  cpus_nr_periods: 40,
  cpus_nr_throttled: 12,
  cpus_throttled_time_secs: 1.5,
  mem_total_bytes: 3000,
  mem_limit_bytes: 67108864,
  mem_rss_bytes: 200,
  mem_anon_bytes: 200,
  mem_cache_bytes: 100,
  mem_file_bytes: 100,
  mem_mapped_file_bytes: 30,
  mem_swap_bytes: 4,
  mem_unevictable_bytes: 5,
  mem_oom_events: 2,
  ...network,
};

const device = { major_number: 254, minor_number: 0 };

async function read(files: KernelFilesInit, shared: "own" | "host" = "own") {
  await using kernel = await openKernelSpecimen(files);
  return readTaskStatistics(7, { proc: kernel.proc, nowMs: 12_500, network: shared });
}

test("readTaskStatistics() reads control groups of version 1", async () => {
  assert.deepEqual(await read(v1), {
    ...common,
    processes: 2,
    blkio_statistics: {
      throttling: [
        {
          device,
          io_serviced: [
            { op: "READ", value: 1 },
            { op: "WRITE", value: 2 },
            { op: "TOTAL", value: 3 },
          ],
          io_service_bytes: [
            { op: "READ", value: 4096 },
            { op: "TOTAL", value: 4096 },
          ],
        },
      ],
    },
  });
});

test("readTaskStatistics() reads control groups of version 2", async () => {
  assert.deepEqual(await read(v2), {
    ...common,
    processes: 1,
    mem_soft_limit_bytes: 1024,
    blkio_statistics: {
      throttling: [
        {
          device,
          io_serviced: [
            { op: "READ", value: 1 },
            { op: "WRITE", value: 2 },
            { op: "DISCARD", value: 0 },
            { op: "TOTAL", value: 3 },
          ],
          io_service_bytes: [
            { op: "READ", value: 4096 },
            { op: "WRITE", value: 8192 },
            { op: "DISCARD", value: 0 },
            { op: "TOTAL", value: 12288 },
          ],
        },
      ],
    },
  });
});

for (const [title, files, unlimited] of [
  [
    "version 1",
    v1,
    {
      [`cg/cpu/${group}/cpu.cfs_quota_us`]: "-1\n",
      [`cg/memory/${group}/memory.limit_in_bytes`]: `${2n ** 63n - 4096n}\n`,
    },
  ],
  ["version 2", v2, { [`cg/${group}/cpu.max`]: "max 100000\n", [`cg/${group}/memory.max`]: "max\n" }],
] as const) {
  test(`readTaskStatistics() names no limit where ${title} has none`, async () => {
    const found = await read({ ...files, ...unlimited });
    assert.equal(found?.cpus_limit, undefined);
    assert.equal(found?.mem_limit_bytes, undefined);
    assert.equal(found?.mem_total_bytes, 3000);
  });
}

test("readTaskStatistics() takes what version 1 controls from there, and the rest from version 2", async () => {
  const both: KernelFilesInit = {
    "proc/self/mountinfo": `${mountsV1}50 31 0:50 / @/cg/unified rw - cgroup2 cgroup2 rw\n`,
    "proc/7/cgroup": `1:memory:/${group}\n0::/${group}\n`,
    [`cg/memory/${group}/memory.usage_in_bytes`]: "3000\n",
    [`cg/unified/${group}/cpu.stat`]: "user_usec 1500000\nsystem_usec 500000\n",
    [`cg/unified/${group}/cgroup.procs`]: "7\n8\n9\n",
  };
  assert.deepEqual(await read(both), {
    timestamp: 12.5,
    processes: 3,
    cpus_user_time_secs: 1.5,
    cpus_system_time_secs: 0.5,
    mem_total_bytes: 3000,
  });
});

test("readTaskStatistics() leaves the host's network out", async () => {
  const found = await read(v2, "host");
  assert.deepEqual(
    Object.keys(found ?? {}).filter((name) => name.startsWith("net_")),
    [],
  );
});

test("readTaskStatistics() gives nothing of a process that has ended", async () => {
  await using kernel = await openKernelSpecimen({ "proc/self/mountinfo": mountsV2 });
  assert.equal(readTaskStatistics(7, { proc: kernel.proc, nowMs: 0, network: "own" }), undefined);
});

test("readTaskStatistics() gives what is left of a container that ends while it is read", async () => {
  assert.deepEqual(await read({ "proc/self/mountinfo": mountsV2, "proc/7/cgroup": `0::/${group}\n` }), {
    timestamp: 12.5,
  });
});

test("readTaskStatistics() reads a process of this host", () => {
  const found = readTaskStatistics(process.pid, { nowMs: Date.now(), network: "own" });
  assert.ok(found && found.timestamp > 0);
});
