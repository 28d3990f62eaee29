import { statfs } from "node:fs/promises";

/** How full a file system is. */
export interface DiskState {
  readonly totalBytes: number;
  /** For users other than root. */
  readonly availableBytes: number;
  /** 0 where the file system makes inodes as it needs them. */
  readonly totalInodes: number;
  readonly freeInodes: number;
}

/** Reads how full a file system is; tests put their own in its place. */
export type ReadDisk = () => Promise<DiskState>;

/** Of the file system that a folder is on. */
export async function readDisk(folder: string): Promise<DiskState> {
  const { bsize, blocks, bavail, files, ffree } = await statfs(folder);
  return {
    totalBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    totalInodes: files,
    freeInodes: ffree,
  };
}

/** Per cent of its bytes that are taken. */
export function usedBytesPercent({ totalBytes, availableBytes }: DiskState): number {
  return totalBytes === 0 ? 0 : 100 - (availableBytes * 100) / totalBytes;
}

/** Per cent of its inodes that are taken. */
export function usedInodesPercent({ totalInodes, freeInodes }: DiskState): number {
  return totalInodes === 0 ? 0 : 100 - (freeInodes * 100) / totalInodes;
}
