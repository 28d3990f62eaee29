/**
 * What a task uses, in the words of Mesos' ResourceStatistics (mesos.proto): fields are named as there, numbers are plain
 * JSON numbers. What the kernel does not tell is absent. `mem_oom_events` is ours: Mesos has no word for it.
 */
export interface ResourceStatistics {
  /** Seconds since the epoch. */
  timestamp: number;
  processes?: number;
  threads?: number;
  cpus_user_time_secs?: number;
  cpus_system_time_secs?: number;
  /** Cpus; absent without a quota. */
  cpus_limit?: number;
  cpus_nr_periods?: number;
  cpus_nr_throttled?: number;
  cpus_throttled_time_secs?: number;
  mem_total_bytes?: number;
  mem_limit_bytes?: number;
  mem_soft_limit_bytes?: number;
  mem_rss_bytes?: number;
  mem_anon_bytes?: number;
  mem_cache_bytes?: number;
  mem_file_bytes?: number;
  mem_mapped_file_bytes?: number;
  mem_swap_bytes?: number;
  mem_unevictable_bytes?: number;
  /** Processes that the kernel killed for want of memory. */
  mem_oom_events?: number;
  blkio_statistics?: { throttling: BlkioStatistics[] };
  net_rx_packets?: number;
  net_rx_bytes?: number;
  net_rx_errors?: number;
  net_rx_dropped?: number;
  net_tx_packets?: number;
  net_tx_bytes?: number;
  net_tx_errors?: number;
  net_tx_dropped?: number;
}

/** CgroupInfo.Blkio.Throttling.Statistics: one device. */
export interface BlkioStatistics {
  device: { major_number: number; minor_number: number };
  io_serviced: BlkioValue[];
  io_service_bytes: BlkioValue[];
}

/** CgroupInfo.Blkio.Value. */
export interface BlkioValue {
  op: "TOTAL" | "READ" | "WRITE" | "SYNC" | "ASYNC" | "DISCARD";
  value: number;
}
