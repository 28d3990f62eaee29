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
