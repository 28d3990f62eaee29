/** Where an executor's containers are counted: found by looking, by the daemon alone, or where the operator says. */
export type CgroupParentSetting = { kind: "auto" } | { kind: "off" } | { kind: "path"; path: string };

/** Reads `auto`, `off`, an absolute path or `<name>.slice`, the two kinds of parent that daemons take; adds to the faults. */
export function readCgroupParent(text: string | undefined, faults: string[]): CgroupParentSetting {
  if (!text || text === "auto") return { kind: "auto" };
  if (text === "off") return { kind: "off" };
  const isPath = text.startsWith("/") && !text.split("/").includes("..");
  if (!isPath && !/^[^/]+\.slice$/.test(text)) {
    faults.push(`MESOS_DOCKER_CGROUP_PARENT is "${text}", expected auto, off, an absolute path or a slice`);
  }
  return { kind: "path", path: text };
}

/** Where metrics are served. */
export type MetricsPlace = { kind: "tcp"; host: string; port: number } | { kind: "unix"; path: string };

/**
 * Reads `host:port`, `[address]:port` or `unix:/path`; `{container_id}` in a path is Mesos' id of the executor's container, so that
 * executors of a host need not share one. Adds to the faults.
 */
export function readMetricsPlace(
  text: string | undefined,
  containerId: string,
  faults: string[],
): MetricsPlace | undefined {
  if (!text) return undefined;
  const [, path] = /^unix:(\/.+)$/.exec(text) ?? [];
  if (path !== undefined) return { kind: "unix", path: path.replaceAll("{container_id}", containerId) };
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { kind: "tcp", host, port };
  faults.push(`MESOS_DOCKER_METRICS is "${text}", expected host:port or unix:/path`);
  return undefined;
}
