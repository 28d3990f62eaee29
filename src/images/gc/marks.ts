import { type DiskState, usedBytesPercent, usedInodesPercent } from "./disk.ts";

/** When collecting begins, and where it ends: the gap keeps it from beginning again at once. */
export interface Marks {
  /** Per cent of the disk's bytes, or of its inodes, at which it begins. */
  readonly highPercent: number;
  /** Per cent at which it ends. */
  readonly lowPercent: number;
  /** Most that the layers of all images may have, whatever the disk has; it ends at `lowPercent / highPercent` of it. */
  readonly maxImageBytes?: number;
}

/** What has a mark: the disk's bytes, its inodes, the size of all images. */
export type MarkName = "bytes" | "inodes" | "size";

/** What is measured. `disk` is absent where only the images' own size counts. */
export interface Measured {
  readonly disk?: DiskState | undefined;
  /** Of all layers, each counted once. */
  readonly imageBytes: number;
}

/** What has to be freed; 0 for what is in order. */
export interface Need {
  readonly bytes: number;
  readonly inodes: number;
}

/** The high marks that are reached. */
export function findReached({ disk, imageBytes }: Measured, { highPercent, maxImageBytes }: Marks): MarkName[] {
  const reached: MarkName[] = [];
  if (disk !== undefined && usedBytesPercent(disk) >= highPercent) reached.push("bytes");
  if (disk !== undefined && usedInodesPercent(disk) >= highPercent) reached.push("inodes");
  if (maxImageBytes !== undefined && imageBytes > maxImageBytes) reached.push("size");
  return reached;
}

/** What is above the low marks of those that were reached. */
export function findNeed(measured: Measured, marks: Marks, reached: readonly MarkName[]): Need {
  const excess = (name: MarkName) => (reached.includes(name) ? excessOf(name, measured, marks) : 0);
  return { bytes: Math.max(excess("bytes"), excess("size")), inodes: excess("inodes") };
}

function excessOf(name: MarkName, { disk, imageBytes }: Measured, marks: Marks): number {
  const { highPercent, lowPercent, maxImageBytes = imageBytes } = marks;
  const free = 1 - lowPercent / 100;
  switch (name) {
    case "bytes":
      return disk === undefined ? 0 : Math.max(0, Math.ceil(disk.totalBytes * free - disk.availableBytes));
    case "inodes":
      return disk === undefined ? 0 : Math.max(0, Math.ceil(disk.totalInodes * free - disk.freeInodes));
    case "size":
      return Math.max(0, imageBytes - Math.floor(maxImageBytes * (lowPercent / highPercent)));
  }
}
