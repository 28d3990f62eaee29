import type { ThrottledDevice, Ulimit } from "../../../../docker/mod.ts";
import { ParameterFault, unexpected } from "../fault.ts";
import { type Flag, type Flags, hostItem, hostValue, switchFlag } from "../flag.ts";
import { parseByteSize, parseSwapSize } from "../values/byte_size.ts";
import { parseFullPair } from "../values/fields.ts";
import { integer, parseCpus } from "../values/numbers.ts";
import { matching } from "../values/text.ts";

const anyNumber = integer(Number.MIN_SAFE_INTEGER);
const parseCpuSet = matching(/^(\d+(-\d+)?(,\d+(-\d+)?)*)?$/, "numbers such as 0-3 or 0,1");

const ulimitNames = new Set(
  "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(" "),
);

/** Cpus, memory, block devices and processes: what the cgroups of a container limit, and its rlimits. */
export const limitFlags: Flags = {
  "cpu-period": hostValue("CpuPeriod", integer(0)),
  "cpu-quota": hostValue("CpuQuota", integer(-1)),
  "cpu-rt-period": hostValue("CpuRealtimePeriod", integer(0)),
  "cpu-rt-runtime": hostValue("CpuRealtimeRuntime", anyNumber),
  "cpu-shares": hostValue("CpuShares", integer(0)),
  cpus: hostValue("NanoCpus", parseCpus),
  "cpuset-cpus": hostValue("CpusetCpus", parseCpuSet),
  "cpuset-mems": hostValue("CpusetMems", parseCpuSet),

  memory: hostValue("Memory", parseByteSize),
  "memory-reservation": hostValue("MemoryReservation", parseByteSize),
  "memory-swap": hostValue("MemorySwap", parseSwapSize),
  "memory-swappiness": hostValue("MemorySwappiness", integer(-1, 100)),
  "kernel-memory": kernelMemory(),
  "oom-kill-disable": switchFlag((isOn, { draft, source }) => draft.host.set("OomKillDisable", isOn, source)),
  "oom-score-adj": hostValue("OomScoreAdj", integer(-1000, 1000)),
  "shm-size": hostValue("ShmSize", parseByteSize),

  "blkio-weight": hostValue("BlkioWeight", parseWeight),
  "blkio-weight-device": hostItem("BlkioWeightDevice", (text) => {
    const { path, amount } = parseDeviceAmount(text, "a device and its weight such as /dev/sda:500", parseWeight);
    return { Path: path, Weight: amount };
  }),
  "device-read-bps": hostItem("BlkioDeviceReadBps", parseByteRate),
  "device-read-iops": hostItem("BlkioDeviceReadIOps", parseRate),
  "device-write-bps": hostItem("BlkioDeviceWriteBps", parseByteRate),
  "device-write-iops": hostItem("BlkioDeviceWriteIOps", parseRate),

  "pids-limit": hostValue("PidsLimit", integer(-1)),
  ulimit: ulimit(),
};

function kernelMemory(): Flag {
  return {
    takes: "value",
    apply: (value, { draft, source, warnings }) => {
      draft.host.set("KernelMemory", parseByteSize(value), source);
      warnings.push(`${source} has no effect on daemons since 23.0: kernel memory is counted as memory`);
    },
  };
}

/** The daemon takes one limit of each name, so a later one replaces it, even one of the task's own rlimits. */
function ulimit(): Flag {
  return {
    takes: "value",
    apply: (value, { draft, source }) => {
      const limit = parseUlimit(value);
      const others = (draft.host.get("Ulimits") ?? []).filter(({ Name }) => Name !== limit.Name);
      draft.host.set("Ulimits", [...others, limit], source);
    },
  };
}

function parseUlimit(text: string): Ulimit {
  const { name, value } = parseFullPair(text, "a limit such as nofile=1024:2048");
  if (!ulimitNames.has(name)) throw unexpected(text, `one of ${[...ulimitNames].join(", ")}`);
  const [soft = "", hard = soft, ...others] = value.split(":");
  if (others.length > 0) throw unexpected(text, "a limit such as nofile=1024:2048");
  const limit = { Name: name, Soft: integer(-1)(soft), Hard: integer(-1)(hard) };
  const isSoftAbove = limit.Hard !== -1 && (limit.Soft === -1 || limit.Soft > limit.Hard);
  if (isSoftAbove) throw new ParameterFault(`has a soft limit ${soft} of ${name} above the hard limit ${hard}`);
  return limit;
}

function parseWeight(text: string): number {
  return text === "0" ? 0 : integer(10, 1000)(text);
}

function parseByteRate(text: string): ThrottledDevice {
  const { path, amount } = parseDeviceAmount(text, "a device and a rate such as /dev/sda:1mb", parseByteSize);
  return { Path: path, Rate: amount };
}

function parseRate(text: string): ThrottledDevice {
  const { path, amount } = parseDeviceAmount(text, "a device and a rate such as /dev/sda:1000", integer(0));
  return { Path: path, Rate: amount };
}

function parseDeviceAmount(text: string, expected: string, parse: (text: string) => number) {
  const [, path, amount] = /^(\/dev\/[^:]+):([^:]+)$/.exec(text) ?? [];
  if (path === undefined || amount === undefined) throw unexpected(text, expected);
  return { path, amount: parse(amount) };
}
