import { readDisk, usedBytesPercent, usedInodesPercent } from "../images/gc/disk.ts";
import { type Finding, failure, textOf, warning, well } from "./finding.ts";

/** Shares of a disk that are free, in per cent. */
export interface DiskSpace {
  readonly bytesPercent: number;
  readonly inodesPercent: number;
}

/** Less is worth a look, and so little that pulls fail. */
const warningPercent = 15;
const failurePercent = 5;

/** How full the disk is that images and containers are on. */
export async function examineDisk(folder: string, daemon: "local" | "remote"): Promise<Finding> {
  const about = "disk";
  if (daemon === "remote") return well(about, "the daemon's, which cannot be looked at from here");
  try {
    return judgeDisk(folder, await measureDisk(folder));
  } catch (error) {
    // A daemon in a container, or of another mount namespace, calls its folders by names of its own.
    const found = `"${folder}" cannot be looked at: ${textOf(error)}`;
    return warning(about, found, "look at it where the daemon runs (df, df -i)");
  }
}

async function measureDisk(folder: string): Promise<DiskSpace> {
  const disk = await readDisk(folder);
  return { bytesPercent: 100 - usedBytesPercent(disk), inodesPercent: 100 - usedInodesPercent(disk) };
}

/** What free shares of a disk mean. */
export function judgeDisk(folder: string, { bytesPercent, inodesPercent }: DiskSpace): Finding {
  const found = `${folder}: ${Math.floor(bytesPercent)} % of bytes and ${Math.floor(inodesPercent)} % of inodes are free`;
  const least = Math.min(bytesPercent, inodesPercent);
  if (least >= warningPercent) return well("disk", found);
  const mend = "remove images that nobody uses (docker image prune -a), or give it a larger disk";
  return (least < failurePercent ? failure : warning)("disk", found, mend);
}
