import { chownSync, lstatSync, mkdirSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Resource } from "../../protocol.ts";
import { readVolume } from "../offers/persistent_volume.ts";

/** Where the agent keeps volumes, and the sandbox of who uses them. */
export interface VolumePlace {
  workDir: string;
  sandbox: string;
}

interface VolumeLink {
  /** The volume itself. */
  target: string;
  path: string;
}

/**
 * Lays persistent volumes out as isolator filesystem/posix does: a directory below `volumes/roles`, which belongs to the
 * sandbox's owner, and a link to it in the sandbox (contract B.3). Synchronous, so that nothing comes between it and the
 * task's delivery. Throws what the file system says, and when something else lies where a link should be.
 */
export function linkVolumes(resources: readonly Resource[], place: VolumePlace): void {
  for (const { target, path } of listLinks(resources, place)) {
    mkdirSync(target, { recursive: true });
    const { uid, gid } = lstatSync(place.sandbox);
    chownSync(target, uid, gid);
    if (readLink(path) === target) continue;
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found) throw new Error(`Cannot link persistent volume "${target}": there is something else at "${path}"`);
    symlinkSync(target, path);
  }
}

/** Removes the links of volumes that are used no more; the volumes stay. */
export function unlinkVolumes(resources: readonly Resource[], place: VolumePlace): void {
  for (const { target, path } of listLinks(resources, place)) if (readLink(path) === target) unlinkSync(path);
}

function listLinks(resources: readonly Resource[], { workDir, sandbox }: VolumePlace): VolumeLink[] {
  return resources.flatMap((resource): VolumeLink[] => {
    const volume = readVolume(resource);
    if (!volume) return [];
    // Roles may have slashes, and directories of the file system may not.
    const target = resolve(workDir, "volumes", "roles", volume.role.replaceAll("/", " "), volume.id);
    return [{ target, path: join(sandbox, resource.disk?.volume?.containerPath ?? "") }];
  });
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (["ENOENT", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
