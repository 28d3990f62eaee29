import { readDisk, usedBytesPercent, usedInodesPercent } from "../images/gc/disk.ts";
import { usualGcSettings } from "../images/gc/gc_settings.ts";
import { messageOf } from "../notation/thrown.ts";
import { type Finding, failure, warning, well } from "./finding.ts";

/** Shares of a disk that are free, in per cent. */
export interface DiskSpace {
  readonly bytesPercent: number;
  readonly inodesPercent: number;
}

/** When images are collected. */
export interface DiskMark {
  /** Per cent of a disk that are taken then. */
  readonly highPercent: number;
  /** The field that says so, if one does. */
  readonly statedIn?: string;
}

const usualMark: DiskMark = { highPercent: usualGcSettings.high };

/** So little free space that pulls fail. */
const failurePercent = 5;

/** How full the disk is that images and containers are on. */
export async function examineDisk(folder: string, daemon: "local" | "remote", mark = usualMark): Promise<Finding> {
  const about = "disk";
  if (daemon === "remote") return well(about, "the daemon's, which cannot be looked at from here");
  try {
    return judgeDisk(folder, await measureDisk(folder), mark);
  } catch (error) {
    // A daemon in a container, or of another mount namespace, calls its folders by names of its own.
    const found = `"${folder}" cannot be looked at: ${messageOf(error)}`;
    return warning(about, found, "look at it where the daemon runs (df, df -i)");
  }
}

async function measureDisk(folder: string): Promise<DiskSpace> {
  const disk = await readDisk(folder);
  return { bytesPercent: 100 - usedBytesPercent(disk), inodesPercent: 100 - usedInodesPercent(disk) };
}

/** What free shares of a disk mean: nothing, as long as nobody would collect images. */
export function judgeDisk(folder: string, space: DiskSpace, { highPercent, statedIn } = usualMark): Finding {
  const { bytesPercent, inodesPercent } = space;
  const stated = statedIn === undefined ? "" : `, and images are collected from ${highPercent} % on (${statedIn})`;
  const found = `${folder}: ${Math.floor(bytesPercent)} % of bytes and ${Math.floor(inodesPercent)} % of inodes are free${stated}`;
  const least = Math.min(bytesPercent, inodesPercent);
  if (least > 100 - highPercent) return well("disk", found);
  const mend = "remove images that nobody uses (mesos-docker image gc), or give it a larger disk";
  return (least < failurePercent ? failure : warning)("disk", found, mend);
}
