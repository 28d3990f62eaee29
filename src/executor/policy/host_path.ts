import { realpath } from "node:fs/promises";
import { posix } from "node:path";
import type { ContainerCreate, HostConfig, Mount } from "../../docker/mod.ts";
import { isWithin } from "../../runtime/path_tree.ts";

/** A path of the host that a container would see. */
export interface HostPath {
  kind: "mount" | "device";
  /** Absolute. `/` also stands for what cannot be told, e.g. a block device that is mounted. */
  path: string;
  /** Where it stands in the create body. */
  field: string;
  /** What a message needs beside the path, e.g. `by options of a volume driver`. */
  note?: string;
}

/** Types of a local volume's file system that show nothing of the host. */
const foreignFileSystems: readonly string[] = ["tmpfs", "ramfs", "nfs", "nfs4", "cifs", "smb3"];

/** An absolute path as it reads, without `.`, `..` and superfluous slashes: the daemon cleans binds in the same way. */
export function cleanPath(path: string): string {
  const clean = posix.normalize(`/${path}`);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

/**
 * Every path of the host in a create body, as it is written there: binds of both forms, options of volume drivers,
 * devices, and sockets that a log driver would write to.
 */
export function listHostPaths(request: ContainerCreate): HostPath[] {
  const host = request.body.HostConfig ?? {};
  return [
    ...(host.Binds ?? []).flatMap((bind) => toHostPaths([bindSource(bind)], "HostConfig.Binds")),
    ...(host.Mounts ?? []).flatMap(listMounted),
    ...(host.Devices ?? []).map(({ PathOnHost }) => toDevice(PathOnHost, "HostConfig.Devices")),
    ...listLogSockets(host.LogConfig),
  ];
}

/**
 * The paths of {@link listHostPaths} with all links followed, without those that end in one of the executor's own trees.
 * One that cannot be looked at could lead anywhere and counts as `/`. What a task changes on the host between this look
 * and the daemon's is not seen, so an allowed tree should hold no links that tasks can make.
 */
export async function resolveHostPaths(request: ContainerCreate, own: readonly string[]): Promise<HostPath[]> {
  const trees = await Promise.all(own.map((path) => followLinks(path).catch(() => cleanPath(path))));
  const resolved = await Promise.all(listHostPaths(request).map(follow));
  return resolved.filter(({ path }) => !trees.some((tree) => isWithin(path, tree)));
}

/**
 * Where an absolute path leads. Of a path that does not exist, what does is followed and the rest kept. Rejects with the
 * system's error when a folder on the way cannot be looked at.
 */
export async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = posix.dirname(path);
    if ((code !== "ENOENT" && code !== "ENOTDIR") || parent === path) throw error;
    return cleanPath(posix.join(await followLinks(parent), posix.basename(path)));
  }
}

async function follow(found: HostPath): Promise<HostPath> {
  try {
    return { ...found, path: await followLinks(found.path) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { ...found, path: "/", note: `for all that "${found.path}" can lead to (${code})` };
  }
}

/** A source that is no path is a volume's name; without a colon there is only a target. */
function bindSource(bind: string): string | undefined {
  const colon = bind.indexOf(":");
  return bind.startsWith("/") && colon > 0 ? cleanPath(bind.slice(0, colon)) : undefined;
}

function listMounted(mount: Mount): HostPath[] {
  const field = "HostConfig.Mounts";
  if (mount.Type === "bind" || mount.Type === "npipe") return toHostPaths([cleanPath(mount.Source ?? "")], field);
  const driver = mount.VolumeOptions?.DriverConfig;
  if (!driver?.Options) return [];
  const sources =
    (driver.Name || "local") === "local"
      ? listLocalSources(driver.Options)
      : Object.values(driver.Options).filter((value) => value.startsWith("/"));
  return toHostPaths(sources, field).map((found) => ({ ...found, note: "by options of a volume driver" }));
}

/**
 * The local driver hands `device`, `type` and `o` to mount(2). `bind` wins over the type; a block device, an overlay or
 * proc shows what no path tells, and so does a device that is relative to the daemon's directory or climbs with `..`.
 */
function listLocalSources(options: Readonly<Record<string, string>>): string[] {
  const values = new Map(Object.entries(options).map(([key, value]) => [key.toLowerCase(), value]));
  const device = values.get("device") ?? "";
  const type = (values.get("type") ?? "").toLowerCase();
  const flags = (values.get("o") ?? "").split(",").map((flag) => flag.trim().toLowerCase());
  if (flags.includes("bind") || flags.includes("rbind")) {
    return [device.startsWith("/") && !device.split("/").includes("..") ? device : "/"];
  }
  const mounts = device !== "" || type !== "";
  return mounts && !foreignFileSystems.includes(type) ? ["/"] : [];
}

/** The daemon itself would write there, as root. */
function listLogSockets(config: HostConfig["LogConfig"]): HostPath[] {
  const sockets = Object.values(config?.Config ?? {}).flatMap((value) => {
    const [, path] = /^unix(?:gram)?:\/\/(.*)$/i.exec(value.trim()) ?? [];
    return path === undefined ? [] : [cleanPath(path)];
  });
  return toHostPaths(sockets, "HostConfig.LogConfig");
}

function toHostPaths(paths: readonly (string | undefined)[], field: string): HostPath[] {
  return paths.flatMap((path) => (path === undefined ? [] : [{ kind: "mount", path, field }]));
}

function toDevice(path: string, field: string): HostPath {
  return { kind: "device", path: path.startsWith("/") ? path : `/${path}`, field };
}
