import { readIoStat } from "./block_io.ts";
import { KernelFiles, known, per, toNumber } from "./kernel_file.ts";
import type { ResourceStatistics } from "./resource_statistics.ts";

const microsecondsPerSecond = 1e6;

/** What a control group of version 2 tells; a controller that is not enabled there has no files. */
export function readCgroupV2(folder: string): Omit<ResourceStatistics, "timestamp"> {
  const files = new KernelFiles(folder);
  const processes = files.lines("cgroup.procs").length;
  return {
    ...readCpu(files),
    ...readMemory(files),
    ...known<Partial<ResourceStatistics>>({
      processes: processes === 0 ? undefined : processes,
      threads: files.number("pids.current"),
      blkio_statistics: readIoStat(files.lines("io.stat")),
    }),
  };
}

function readCpu(files: KernelFiles): Partial<ResourceStatistics> {
  const stat = files.table("cpu.stat");
  const [quota, period] = files.text("cpu.max").trim().split(" ").map(toNumber);
  return known<Partial<ResourceStatistics>>({
    cpus_user_time_secs: per(stat.get("user_usec"), microsecondsPerSecond),
    cpus_system_time_secs: per(stat.get("system_usec"), microsecondsPerSecond),
    cpus_limit: quota !== undefined && period ? quota / period : undefined,
    cpus_nr_periods: stat.get("nr_periods"),
    cpus_nr_throttled: stat.get("nr_throttled"),
    cpus_throttled_time_secs: per(stat.get("throttled_usec"), microsecondsPerSecond),
  });
}

function readMemory(files: KernelFiles): Partial<ResourceStatistics> {
  const stat = files.table("memory.stat");
  return known<Partial<ResourceStatistics>>({
    mem_total_bytes: files.number("memory.current"),
    mem_limit_bytes: files.number("memory.max"),
    mem_soft_limit_bytes: files.number("memory.low"),
    mem_rss_bytes: stat.get("anon"),
    mem_anon_bytes: stat.get("anon"),
    mem_cache_bytes: stat.get("file"),
    mem_file_bytes: stat.get("file"),
    mem_mapped_file_bytes: stat.get("file_mapped"),
    mem_swap_bytes: files.number("memory.swap.current"),
    mem_unevictable_bytes: stat.get("unevictable"),
    mem_oom_events: files.table("memory.events").get("oom_kill"),
  });
}
