import assert from "node:assert/strict";
import { test } from "node:test";
import { applySaid, testFaults, testRows } from "../drafted.ts";

testRows([
  [["cpu-period", "50000"], { CpuPeriod: 50_000 }],
  [["cpu-quota", "25000"], { CpuQuota: 25_000 }],
  [["cpu-quota", "-1"], { CpuQuota: -1 }],
  [["cpu-rt-period", "1000000"], { CpuRealtimePeriod: 1_000_000 }],
  [["cpu-rt-runtime", "950000"], { CpuRealtimeRuntime: 950_000 }],
  [["cpu-shares", "512"], { CpuShares: 512 }],
  [["cpus", "1.5"], { NanoCpus: 1_500_000_000 }],
  [["cpus", ".000000001"], { NanoCpus: 1 }],
  [["cpuset-cpus", "0-3,5"], { CpusetCpus: "0-3,5" }],
  [["cpuset-mems", "0,1"], { CpusetMems: "0,1" }],
  [["memory", "256m"], { Memory: 268_435_456 }],
  [["memory", "1.5g"], { Memory: 1_610_612_736 }],
  [["memory-reservation", "64m"], { MemoryReservation: 67_108_864 }],
  [
    [
      ["memory", "64m"],
      ["memory-swap", "64m"],
    ],
    { Memory: 67_108_864, MemorySwap: 67_108_864 },
  ],
  [["memory-swap", "-1"], { MemorySwap: -1 }],
  [["memory-swappiness", "10"], { MemorySwappiness: 10 }],
  [["memory-swappiness", "-1"], { MemorySwappiness: -1 }],
  [["kernel-memory", "64m"], { KernelMemory: 67_108_864 }],
  [["oom-kill-disable", ""], { OomKillDisable: true }],
  [["oom-kill-disable", "false"], { OomKillDisable: false }],
  [["oom-score-adj", "-500"], { OomScoreAdj: -500 }],
  [["shm-size", "64M"], { ShmSize: 67_108_864 }],
  [["blkio-weight", "300"], { BlkioWeight: 300 }],
  [["blkio-weight", "0"], { BlkioWeight: 0 }],
  [["blkio-weight-device", "/dev/sda:100"], { BlkioWeightDevice: [{ Path: "/dev/sda", Weight: 100 }] }],
  [["device-read-bps", "/dev/sda:1mb"], { BlkioDeviceReadBps: [{ Path: "/dev/sda", Rate: 1_048_576 }] }],
  [["device-read-iops", "/dev/sda:10"], { BlkioDeviceReadIOps: [{ Path: "/dev/sda", Rate: 10 }] }],
  [["device-write-bps", "/dev/sda:2k"], { BlkioDeviceWriteBps: [{ Path: "/dev/sda", Rate: 2048 }] }],
  [["device-write-iops", "/dev/sda:20"], { BlkioDeviceWriteIOps: [{ Path: "/dev/sda", Rate: 20 }] }],
  [["pids-limit", "100"], { PidsLimit: 100 }],
  [["pids-limit", "-1"], { PidsLimit: -1 }],
  [["ulimit", "nofile=1024"], { Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 1024 }] }],
  [["ulimit", "nofile=1024:2048"], { Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 2048 }] }],
  [["ulimit", "core=-1"], { Ulimits: [{ Name: "core", Soft: -1, Hard: -1 }] }],
  [["ulimit", "core=5:-1"], { Ulimits: [{ Name: "core", Soft: 5, Hard: -1 }] }],
  [
    [
      ["ulimit", "nofile=10"],
      ["ulimit", "core=0"],
      ["ulimit", "nofile=20"],
    ],
    {
      Ulimits: [
        { Name: "core", Soft: 0, Hard: 0 },
        { Name: "nofile", Soft: 20, Hard: 20 },
      ],
    },
  ],
]);

const ulimitNames =
  "core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, sigpending, stack";

testFaults([
  [["memory", "12x"], '"memory" is "12x", expected a size such as 256m'],
  [["memory", "-1"], '"memory" is "-1", expected a size such as 256m'],
  [["memory-swap", "-2"], '"memory-swap" is "-2", expected a size such as 256m, or -1 for no limit'],
  [["memory-swappiness", "101"], '"memory-swappiness" is "101", expected a whole number from -1 to 100'],
  [["cpu-shares", "1.5"], '"cpu-shares" is "1.5", expected a whole number of 0 or more'],
  [["cpus", "-1"], '"cpus" is "-1", expected a number of cpus such as 1.5, with at most 9 decimals'],
  [["cpuset-cpus", "all"], '"cpuset-cpus" is "all", expected numbers such as 0-3 or 0,1'],
  [["oom-kill-disable", "yes"], '"oom-kill-disable" is "yes", expected true or false'],
  [["oom-score-adj", "1001"], '"oom-score-adj" is "1001", expected a whole number from -1000 to 1000'],
  [["pids-limit", "-2"], '"pids-limit" is "-2", expected a whole number of -1 or more'],
  [["blkio-weight", "5"], '"blkio-weight" is "5", expected a whole number from 10 to 1000'],
  [
    ["blkio-weight-device", "sda:100"],
    '"blkio-weight-device" is "sda:100", expected a device and its weight such as /dev/sda:500',
  ],
  [
    ["device-read-bps", "/dev/sda"],
    '"device-read-bps" is "/dev/sda", expected a device and a rate such as /dev/sda:1mb',
  ],
  [["device-write-iops", "/dev/sda:1k"], '"device-write-iops" is "1k", expected a whole number of 0 or more'],
  [["ulimit", "nofile"], '"ulimit" is "nofile", expected a limit such as nofile=1024:2048'],
  [["ulimit", "files=1"], `"ulimit" is "files=1", expected one of ${ulimitNames}`],
  [["ulimit", "nofile=20:10"], '"ulimit" has a soft limit 20 of nofile above the hard limit 10'],
  [["ulimit", "nofile=-1:10"], '"ulimit" has a soft limit -1 of nofile above the hard limit 10'],
  [["ulimit", "nofile=1:2:3"], '"ulimit" is "nofile=1:2:3", expected a limit such as nofile=1024:2048'],
]);

test("applyParameters() replaces a limit that the task's resources say", () => {
  const { draft } = applySaid([["memory", "64m"]], {
    prepare: ({ host }) => host.set("Memory", 1024, "resources.mem"),
  });
  assert.equal(draft.host.get("Memory"), 67_108_864);
  assert.equal(draft.host.sourceOf("Memory"), "DockerInfo.parameters memory");
});

test("applyParameters() replaces the task's own rlimit of the same name alone", () => {
  const { draft } = applySaid([["ulimit", "nofile=7"]], {
    prepare: ({ host }) => {
      const rlimits = ["nofile", "core"].map((Name) => ({ Name, Soft: 1, Hard: 1 }));
      host.add("Ulimits", rlimits, "container.rlimit_info");
    },
  });
  assert.deepEqual(draft.host.get("Ulimits"), [
    { Name: "core", Soft: 1, Hard: 1 },
    { Name: "nofile", Soft: 7, Hard: 7 },
  ]);
});

test("applyParameters() warns that kernel-memory has no effect on current daemons", () => {
  assert.deepEqual(applySaid([["kernel-memory", "64m"]]).warnings, [
    "DockerInfo.parameters kernel-memory has no effect on daemons since 23.0: kernel memory is counted as memory",
  ]);
});
