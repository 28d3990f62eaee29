import { toNumber } from "./kernel_file.ts";
import type { BlkioStatistics, BlkioValue } from "./resource_statistics.ts";

type Operation = BlkioValue["op"];

const operations: Readonly<Record<string, Operation>> = {
  Read: "READ",
  Write: "WRITE",
  Sync: "SYNC",
  Async: "ASYNC",
  Discard: "DISCARD",
  Total: "TOTAL",
};

/** Reads two files of version 1, lines `major:minor Operation number`; their last line, a sum of all, is left out. */
export function readThrottling(
  serviced: readonly string[],
  bytes: readonly string[],
): { throttling: BlkioStatistics[] } | undefined {
  const devices = new Map<string, BlkioStatistics>();
  const read = (lines: readonly string[], field: "io_serviced" | "io_service_bytes") => {
    for (const line of lines) {
      const [device = "", word = "", text] = line.split(" ");
      const op = operations[word];
      const value = toNumber(text);
      if (op !== undefined && value !== undefined) deviceOf(devices, device)?.[field].push({ op, value });
    }
  };
  read(serviced, "io_serviced");
  read(bytes, "io_service_bytes");
  return toStatistics(devices);
}

/** Reads io.stat of version 2, lines `major:minor rbytes=… wbytes=… rios=… wios=… dbytes=… dios=…`. */
export function readIoStat(lines: readonly string[]): { throttling: BlkioStatistics[] } | undefined {
  const devices = new Map<string, BlkioStatistics>();
  for (const line of lines) {
    const [device = "", ...pairs] = line.trim().split(" ");
    const found = new Map(pairs.map((pair): [string, string] => [pair.split("=")[0] ?? "", pair.split("=")[1] ?? ""]));
    const toValues = (unit: "bytes" | "ios"): BlkioValue[] => {
      const read = toNumber(found.get(`r${unit}`)) ?? 0;
      const write = toNumber(found.get(`w${unit}`)) ?? 0;
      const discard = toNumber(found.get(`d${unit}`)) ?? 0;
      return [
        { op: "READ", value: read },
        { op: "WRITE", value: write },
        { op: "DISCARD", value: discard },
        { op: "TOTAL", value: read + write + discard },
      ];
    };
    // A device that was opened and never used has no figures.
    if (found.size > 0) {
      deviceOf(devices, device)?.io_serviced.push(...toValues("ios"));
      deviceOf(devices, device)?.io_service_bytes.push(...toValues("bytes"));
    }
  }
  return toStatistics(devices);
}

function deviceOf(devices: Map<string, BlkioStatistics>, name: string): BlkioStatistics | undefined {
  const known = devices.get(name);
  if (known) return known;
  const [, major, minor] = /^(\d+):(\d+)$/.exec(name) ?? [];
  if (major === undefined) return undefined;
  const device = { major_number: Number(major), minor_number: Number(minor) };
  const created = { device, io_serviced: [], io_service_bytes: [] };
  devices.set(name, created);
  return created;
}

function toStatistics(devices: ReadonlyMap<string, BlkioStatistics>) {
  return devices.size === 0 ? undefined : { throttling: [...devices.values()] };
}
