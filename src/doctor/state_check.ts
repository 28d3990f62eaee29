import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type DiskState, readDisk } from "../images/gc/disk.ts";
import { toByteText } from "../notation/byte_text.ts";
import { messageOf } from "../notation/thrown.ts";
import { type Finding, failure, warning, well } from "./finding.ts";

const about = "state folder";

/** With less than this, not even small records are sure to be written. */
const leastBytes = 10_000_000;

/**
 * Whether what is known of images can be kept. `choice` is whether somebody has named the folder: others than root may do
 * without the usual one.
 */
export async function examineState(folder: string, choice: "named" | "usual"): Promise<Finding> {
  try {
    const place = await findPlace(folder);
    await access(place, constants.W_OK | constants.X_OK);
    return judgeStateDisk(folder, await readDisk(place));
  } catch (error) {
    const mend = "give it a folder that the agent's user may write to (MESOS_DOCKER_STATE)";
    const isDenied = (error as NodeJS.ErrnoException).code === "EACCES";
    const found = `${folder} cannot be used: ${messageOf(error)}`;
    return (isDenied && choice === "usual" ? warning : failure)(about, found, mend);
  }
}

/** What room there is means for it. */
export function judgeStateDisk(folder: string, disk: DiskState): Finding {
  const { availableBytes, totalInodes, freeInodes } = disk;
  const isFull = availableBytes < leastBytes || (totalInodes > 0 && freeInodes === 0);
  const inodes = totalInodes > 0 && freeInodes === 0 ? " and no inode" : "";
  const found = `${folder}: ${toByteText(availableBytes)}${inodes} free`;
  if (!isFull) return well(about, found);
  return failure(about, found, "make room on its disk, or name a folder on another one (MESOS_DOCKER_STATE)");
}

/** The folder, or the one that it will be made in. */
async function findPlace(folder: string): Promise<string> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      const found = await stat(path);
      if (found.isDirectory()) return path;
      throw new Error(`"${path}" is no folder`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || path === dirname(path)) throw error;
    }
  }
}
