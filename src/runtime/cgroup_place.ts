import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Where a process stands among the control groups: paths as /proc/PID/cgroup names them, e.g. `/mesos/4f6b…`. */
export interface CgroupPaths {
  /** By controller of version 1, e.g. `memory`; a named hierarchy goes by `name=systemd`. */
  readonly v1: ReadonlyMap<string, string>;
  /** In the unified hierarchy; absent on hosts that have none. */
  readonly v2?: string;
}

/** The same as directories of this host that can be read. */
export interface CgroupFolders {
  readonly v1: ReadonlyMap<string, string>;
  readonly v2?: string;
}

/** Where the kernel shows its processes; tests show others. */
export interface KernelView {
  /** `/proc` unless given. */
  proc?: string;
}

/** One mounted hierarchy: `root` of it is seen at `folder`. */
interface CgroupMount {
  root: string;
  folder: string;
  /** Absent for the unified hierarchy. */
  controllers?: readonly string[];
}

/** The control groups of a process, this one unless a pid is given; `undefined` when it has ended. */
export function readCgroupPaths(pid: number | "self", view: KernelView = {}): CgroupPaths | undefined {
  const text = readIfThere(join(view.proc ?? "/proc", String(pid), "cgroup"));
  return text === undefined ? undefined : parseCgroupPaths(text);
}

/** Reads /proc/PID/cgroup (cgroups(7)): lines `id:controller,controller:path`, the unified one `0::path`. */
export function parseCgroupPaths(text: string): CgroupPaths {
  const v1 = new Map<string, string>();
  let v2: string | undefined;
  for (const line of text.split("\n")) {
    const [, names, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (names === undefined || path === undefined) continue;
    if (names === "") v2 = path;
    else for (const name of names.split(",")) v1.set(name, path);
  }
  return { v1, ...(v2 === undefined ? {} : { v2 }) };
}

/** The directories in which a process' control groups are seen; what is mounted nowhere has none. */
export function findCgroupFolders(paths: CgroupPaths, view: KernelView = {}): CgroupFolders {
  const mounts = parseCgroupMounts(readIfThere(join(view.proc ?? "/proc", "self", "mountinfo")) ?? "");
  const v1 = new Map<string, string>();
  for (const [name, path] of paths.v1) {
    const folder = firstFolder(path, mounts, (mount) => mount.controllers?.includes(name) ?? false);
    if (folder !== undefined) v1.set(name, folder);
  }
  const v2 = paths.v2 === undefined ? undefined : firstFolder(paths.v2, mounts, (mount) => !mount.controllers);
  return { v1, ...(v2 === undefined ? {} : { v2 }) };
}

function firstFolder(
  path: string,
  mounts: readonly CgroupMount[],
  isOfIt: (mount: CgroupMount) => boolean,
): string | undefined {
  for (const mount of mounts) {
    if (!isOfIt(mount)) continue;
    const inner = relative(mount.root, path);
    // In a namespace of its own a process may see only a part of the hierarchy.
    if (inner.split("/")[0] !== "..") return join(mount.folder, inner);
  }
  return undefined;
}

/** Reads /proc/PID/mountinfo (proc(5)); what a line has of spaces and the like is written in octal digits. */
function parseCgroupMounts(text: string): CgroupMount[] {
  return text.split("\n").flatMap((line): CgroupMount[] => {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root, folder] = before.split(" ").map(unescapeOctal);
    const [type, , options = ""] = after.split(" ");
    if (root === undefined || folder === undefined) return [];
    if (type === "cgroup2") return [{ root, folder }];
    return type === "cgroup" ? [{ root, folder, controllers: options.split(",") }] : [];
  });
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Content of a kernel's file; `undefined` when it is not there, or its process or group has ended. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "ENODEV", "ENOTDIR", "EOPNOTSUPP"].includes((error as NodeJS.ErrnoException).code ?? "")) {
      return undefined;
    }
    throw error;
  }
}
