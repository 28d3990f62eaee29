import type { DeviceRequest, HostConfig } from "../../docker/mod.ts";
import { isWithin } from "../../runtime/path_tree.ts";
import { isRestricted, judgeName, judgeTree } from "./access.ts";
import { type Breach, findDenied, type Wanted } from "./breach.ts";
import { cleanPath, type HostPath, listHostPaths } from "./host_path.ts";
import type { AccessRule, Policy } from "./policy.ts";

/** Files, devices and volumes of the host that a task may not have. */
export function findHostAccessBreaches(policy: Policy, wanted: Wanted): Breach[] {
  const host = wanted.request.body.HostConfig ?? {};
  const paths = collectPaths(wanted);
  return [
    ...findDenied(
      paths.filter(({ kind }) => kind === "mount"),
      ({ path }) => judgeTree(policy.hostMounts, path) === "allow",
      (found) => describePath("host mount", found),
      "host_mounts",
    ),
    // Another container may have any path of the host.
    ...(isRestricted(policy.hostMounts) && policy.hostNamespaces === "allow"
      ? (host.VolumesFrom ?? []).map((name) => ({ what: `volumes of container "${name}"`, rule: "host_mounts" }))
      : []),
    ...findDenied(
      paths.filter(({ kind }) => kind === "device"),
      ({ path }) => isDeviceAllowed(policy.devices, path),
      (found) => describePath("device", found),
      "devices",
    ),
    // Numbers of devices cannot be told from paths, and containers can make the nodes themselves.
    ...(isRestricted(policy.devices)
      ? (host.DeviceCgroupRules ?? []).map((rule) => ({ what: `device cgroup rule "${rule}"`, rule: "devices" }))
      : []),
    ...findDenied(
      host.DeviceRequests ?? [],
      (one) => isRequestAllowed(policy.devices, one),
      describeRequest,
      "devices",
    ),
    ...findDenied(
      [...listDrivers(host)],
      (driver) => judgeName(policy.volumeDrivers, driver) === "allow",
      (driver) => `volume driver "${driver}"`,
      "volume_drivers",
    ),
  ];
}

function describePath(what: string, { path, note }: HostPath): string {
  return note === undefined ? `${what} "${path}"` : `${what} "${path}" ${note}`;
}

/** Paths as they read and where they lead, each once; all must be allowed. */
function collectPaths({ request, hostPaths, own }: Wanted): HostPath[] {
  const trees = own.paths.map(cleanPath);
  const written = listHostPaths(request)
    .map((found) => ({ ...found, path: cleanPath(found.path) }))
    .filter(({ kind, path }) => kind === "device" || !trees.some((tree) => isWithin(path, tree)));
  const followed = hostPaths.map(({ kind = "mount", ...found }) => ({ ...found, kind, path: cleanPath(found.path) }));
  const distinct = new Map([...written, ...followed].map((found) => [`${found.kind} ${found.path}`, found]));
  return [...distinct.values()];
}

/** A container can make nodes of any device in its sandbox: by a list of what is denied, only names in /dev tell. */
function isDeviceAllowed(rule: AccessRule, path: string): boolean {
  const isTold = rule.allow !== undefined || !isRestricted(rule) || isWithin(path, "/dev");
  return isTold && judgeTree(rule, path) === "allow";
}

/** Drivers of vendors that give GPUs. */
const gpuDrivers: readonly string[] = ["nvidia", "amd"];

/** A driver that is named decides what is given; without one, the daemon seeks one that can do any of the sets. */
function isRequestAllowed(rule: AccessRule, request: DeviceRequest): boolean {
  const driver = (request.Driver ?? "").toLowerCase();
  const sets = (request.Capabilities ?? []).map((set) => set.map((word) => word.toLowerCase()));
  const ofDriver = driver === "" ? [] : [driver, ...(gpuDrivers.includes(driver) ? ["gpu"] : [])];
  if ([...ofDriver, ...sets.flat()].some((word) => rule.deny.includes(word))) return false;
  const { allow } = rule;
  if (!allow) return true;
  if (driver !== "") return ofDriver.some((word) => allow.includes(word));
  return sets.length > 0 && sets.every((set) => set.some((word) => allow.includes(word)));
}

function describeRequest({ Driver, Capabilities }: DeviceRequest): string {
  const words = [...(Driver ? [Driver] : []), ...(Capabilities ?? []).flat()];
  return `device request "${words.join(",")}"`;
}

/** Anonymous volumes are the daemon's own business unless a driver is named for them. */
function listDrivers(host: HostConfig): Set<string> {
  const named = (host.Binds ?? []).filter((bind) => bind.includes(":") && !bind.startsWith("/"));
  const mounted = (host.Mounts ?? []).flatMap(({ Type, Source, VolumeOptions }) => {
    if (Type === "cluster") return ["cluster"];
    const config = VolumeOptions?.DriverConfig;
    return Type === "volume" && (Source || config) ? [config?.Name || "local"] : [];
  });
  return new Set([
    ...(host.VolumeDriver ? [host.VolumeDriver] : []),
    ...named.map(() => host.VolumeDriver || "local"),
    ...mounted,
  ]);
}
