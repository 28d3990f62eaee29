// What a task may use, as its container finds it.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { RLimitInfo_RLimit_Type } from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { cgroups, lookInside } from "./inside.ts";
import { openTestCluster } from "./test_cluster.ts";
import { flags, type TestTask } from "./test_task.ts";

const mebibyte = 2 ** 20;

/**
 * Questions that cgroups answer. With v2 swap does not count memory, and shares are weights, which runc has computed by
 * several formulas: nobody asks for them there.
 */
const questions = {
  v1: {
    shares: "cat /sys/fs/cgroup/cpu/cpu.shares",
    quota: "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us",
    memory: "cat /sys/fs/cgroup/memory/memory.limit_in_bytes",
    reservation: "cat /sys/fs/cgroup/memory/memory.soft_limit_in_bytes",
    swap: "cat /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes",
    pids: "cat /sys/fs/cgroup/pids/pids.max",
    cpus: "cat /sys/fs/cgroup/cpuset/cpuset.cpus",
    rate: "cat /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device",
  },
  v2: {
    shares: "true",
    quota: "tr ' ' '\\n' < /sys/fs/cgroup/cpu.max",
    memory: "cat /sys/fs/cgroup/memory.max",
    reservation: "cat /sys/fs/cgroup/memory.low",
    swap: "cat /sys/fs/cgroup/memory.swap.max",
    pids: "cat /sys/fs/cgroup/pids.max",
    cpus: "cat /sys/fs/cgroup/cpuset.cpus",
    rate: "sed 's/rbps=//; s/ wbps.*//' /sys/fs/cgroup/io.max",
  },
}[cgroups];

const toShares = (shares: number) => (cgroups === "v1" ? String(shares) : "");

/** A block device of the host; nothing is done with it. */
function findDisk(): string {
  const disk = readdirSync("/sys/block").find((name) => existsSync(`/dev/${name}`));
  assert.ok(disk, "this host has a block device");
  return disk;
}

/** What neither version of cgroups calls a number. */
const noQuota = { v1: "-1\n100000", v2: "max\n100000" }[cgroups];

/** The score of a task that may have more than the megabytes it asked for (contract B.1). */
const toScore = (mem: number) => String(1000 - Math.floor((1000 * mem * mebibyte) / totalmem()));

const oomScore = "cat /proc/self/oom_score_adj";

testOnDocker("cpus and memory are a container's shares and its limit, and neither is too small", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const { shares, quota, memory } = questions;
  const look = (taskId: string, task: TestTask) =>
    lookInside(cluster, task, { shares, quota, memory, oomScore }, taskId);
  const same = { quota: noQuota, oomScore: "0" };
  const small = await look("small", { cpus: 0.5, mem: 48 });
  assert.deepEqual(small, { ...same, shares: toShares(512), memory: String(48 * mebibyte) });
  const tiny = await look("tiny", { cpus: 0.001, mem: 4 });
  assert.deepEqual(tiny, { ...same, shares: toShares(2), memory: String(32 * mebibyte) });
});

testOnDocker("limits above the request become a quota, a hard limit and a score", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const { quota, memory, reservation } = questions;
  const task = { cpus: 0.5, mem: 64, limits: { cpus: 2, mem: 128 } };
  assert.deepEqual(await lookInside(cluster, task, { quota, memory, reservation, oomScore }), {
    quota: "200000\n100000",
    memory: String(128 * mebibyte),
    reservation: String(64 * mebibyte),
    oomScore: toScore(64),
  });
});

testOnDocker("a limit without end is none, and the request is a reservation", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const limits = { cpus: Number.POSITIVE_INFINITY, mem: Number.POSITIVE_INFINITY };
  const { quota, memory, reservation } = questions;
  const task = { cpus: 0.5, mem: 96, limits };
  const found = await lookInside(cluster, task, { quota, memory, reservation, oomScore });
  assert.deepEqual(
    { ...found, memory: cgroups === "v2" ? found.memory : Number(found.memory) > 2 ** 62 },
    {
      quota: noQuota,
      memory: cgroups === "v2" ? "max" : true,
      reservation: String(96 * mebibyte),
      oomScore: toScore(96),
    },
  );
});

testOnDocker("parameters say what resources do not, and go before them", async (bench) => {
  await using cluster = await openTestCluster(bench);
  // No weight: the daemon itself drops it where it does not know the kernel's scheduler.
  const disk = findDisk();
  const parameters = flags(
    "cpu-shares=300",
    "cpu-period=50000",
    "cpu-quota=20000",
    "memory-swap=80m",
    "memory-reservation=40m",
    "oom-score-adj=77",
    "pids-limit=33",
    "cpuset-cpus=0",
    `device-read-bps=/dev/${disk}:1mb`,
  );
  const found = await lookInside(cluster, { cpus: 0.5, mem: 64, parameters }, { ...questions, oomScore });
  assert.deepEqual(found, {
    shares: toShares(300),
    quota: "20000\n50000",
    memory: String(64 * mebibyte),
    reservation: String(40 * mebibyte),
    swap: String((cgroups === "v1" ? 80 : 16) * mebibyte),
    pids: "33",
    cpus: "0",
    rate: `${readFileSync(`/sys/block/${disk}/dev`, "utf8").trim()} ${mebibyte}`,
    oomScore: "77",
  });
});

testOnDocker("limits of processes and the size of shared memory", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const { RLMT_NOFILE, RLMT_NPROC, RLMT_CORE } = RLimitInfo_RLimit_Type;
  const rlimits = [
    { type: RLMT_NOFILE, soft: 100n, hard: 200n },
    { type: RLMT_NPROC, soft: 300n, hard: 400n },
    { type: RLMT_CORE },
  ];
  const task = {
    container: { rlimitInfo: { rlimits }, linuxInfo: { shmSize: 24 } },
    // In the place of the task's own.
    parameters: flags("ulimit=nproc=111:222", "ulimit=stack=4194304"),
  };
  const found = await lookInside(cluster, task, {
    files: "ulimit -Sn; ulimit -Hn",
    processes: "ulimit -Su; ulimit -Hu",
    core: "ulimit -Sc; ulimit -Hc",
    stack: "ulimit -Ss",
    shm: "df -k /dev/shm | awk 'END { print $2 }'",
  });
  assert.deepEqual(found, {
    files: "100\n200",
    processes: "111\n222",
    core: "unlimited\nunlimited",
    stack: "4096",
    shm: String(24 * 1024),
  });
});
