import { toNumber } from "./kernel_file.ts";
import type { ResourceStatistics } from "./resource_statistics.ts";

type NetworkFigures = Pick<
  ResourceStatistics,
  | "net_rx_bytes"
  | "net_rx_packets"
  | "net_rx_errors"
  | "net_rx_dropped"
  | "net_tx_bytes"
  | "net_tx_packets"
  | "net_tx_errors"
  | "net_tx_dropped"
>;

/** Columns of /proc/PID/net/dev (proc(5)), counted behind the interface's name. */
const columns: Readonly<Record<keyof NetworkFigures, number>> = {
  net_rx_bytes: 0,
  net_rx_packets: 1,
  net_rx_errors: 2,
  net_rx_dropped: 3,
  net_tx_bytes: 8,
  net_tx_packets: 9,
  net_tx_errors: 10,
  net_tx_dropped: 11,
};

/** Sums the interfaces of a network namespace, but for the loopback; nothing when there is none. */
export function readNetwork(text: string): NetworkFigures {
  const rows = text.split("\n").flatMap((line) => {
    const [, name, rest = ""] = /^\s*([^:\s]+):(.*)$/.exec(line) ?? [];
    return name === undefined || name === "lo" ? [] : [rest.trim().split(/\s+/)];
  });
  if (rows.length === 0) return {};
  const sum = (column: number) => rows.reduce((total, row) => total + (toNumber(row[column]) ?? 0), 0);
  return Object.fromEntries(Object.entries(columns).map(([field, column]) => [field, sum(column)]));
}
