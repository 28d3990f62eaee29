import { readThrottling } from "./block_io.ts";
import { KernelFiles, known, per, toNumber } from "./kernel_file.ts";
import type { ResourceStatistics } from "./resource_statistics.ts";

/** Ticks that the kernel counts for a second of cpu time wherever it tells them to processes (USER_HZ). */
const ticksPerSecond = 100;

const nanosecondsPerSecond = 1e9;

/** The kernel's word for no limit at all: the largest multiple of a page that it counts. */
const unlimitedBytes = 2 ** 62;

/** What the control groups of version 1 tell, by controller the directory of each. */
export function readCgroupV1(folders: ReadonlyMap<string, string>): Omit<ResourceStatistics, "timestamp"> {
  const files = (controller: string) => new KernelFiles(folders.get(controller));
  return {
    ...readCpu(files("cpuacct"), files("cpu")),
    ...readMemory(files("memory")),
    ...readProcesses(files("pids"), files("memory")),
    ...readBlocks(files("blkio")),
  };
}

function readCpu(account: KernelFiles, cpu: KernelFiles): Partial<ResourceStatistics> {
  const used = account.table("cpuacct.stat");
  const scheduled = cpu.table("cpu.stat");
  const quota = toNumber(cpu.text("cpu.cfs_quota_us").trim());
  const period = cpu.number("cpu.cfs_period_us");
  return known<Partial<ResourceStatistics>>({
    cpus_user_time_secs: per(used.get("user"), ticksPerSecond),
    cpus_system_time_secs: per(used.get("system"), ticksPerSecond),
    // -1 without a quota.
    cpus_limit: quota !== undefined && period ? quota / period : undefined,
    cpus_nr_periods: scheduled.get("nr_periods"),
    cpus_nr_throttled: scheduled.get("nr_throttled"),
    cpus_throttled_time_secs: per(scheduled.get("throttled_time"), nanosecondsPerSecond),
  });
}

function readMemory(memory: KernelFiles): Partial<ResourceStatistics> {
  const stat = memory.table("memory.stat");
  return known<Partial<ResourceStatistics>>({
    mem_total_bytes: memory.number("memory.usage_in_bytes"),
    mem_limit_bytes: toLimit(memory.number("memory.limit_in_bytes")),
    mem_soft_limit_bytes: toLimit(memory.number("memory.soft_limit_in_bytes")),
    mem_rss_bytes: stat.get("total_rss"),
    mem_anon_bytes: stat.get("total_rss"),
    mem_cache_bytes: stat.get("total_cache"),
    mem_file_bytes: stat.get("total_cache"),
    mem_mapped_file_bytes: stat.get("total_mapped_file"),
    mem_swap_bytes: stat.get("total_swap"),
    mem_unevictable_bytes: stat.get("total_unevictable"),
    mem_oom_events: memory.table("memory.oom_control").get("oom_kill"),
  });
}

function toLimit(bytes: number | undefined): number | undefined {
  return bytes === undefined || bytes >= unlimitedBytes ? undefined : bytes;
}

function readProcesses(pids: KernelFiles, memory: KernelFiles): Partial<ResourceStatistics> {
  const processes = memory.lines("cgroup.procs").length;
  return known<Partial<ResourceStatistics>>({
    processes: processes === 0 ? undefined : processes,
    threads: pids.number("pids.current"),
  });
}

function readBlocks(blkio: KernelFiles): Partial<ResourceStatistics> {
  return known<Partial<ResourceStatistics>>({
    blkio_statistics: readThrottling(
      blkio.lines("blkio.throttle.io_serviced_recursive"),
      blkio.lines("blkio.throttle.io_service_bytes_recursive"),
    ),
  });
}
