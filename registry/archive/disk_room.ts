import { statfs } from "node:fs/promises";

/** Of a disk, what is left to others: a twentieth of it, and no more than a gigabyte. */
const sparedShare = 20;
const mostSpared = 2 ** 30;

/** Most that is written before the disk is looked at again: others write there too. */
const largestGrant = 16 * 2 ** 20;

/** Room for a file on a disk, which is never filled to its end. */
export class DiskRoom {
  readonly #folder: string;
  #granted = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Called before as many bytes are written. Rejects when that would leave others too little. */
  async take(bytes: number): Promise<void> {
    if (bytes > this.#granted) this.#granted = await this.#grant(bytes);
    this.#granted -= bytes;
  }

  /** Rejects when there is not even room for what is known to come. */
  async assertRoom(bytes: number): Promise<void> {
    await this.#grant(bytes);
  }

  async #grant(bytes: number): Promise<number> {
    const { bavail, blocks, bsize } = await statfs(this.#folder);
    // Some file systems do not tell.
    if (blocks === 0) return Math.max(bytes, largestGrant);
    const free = bavail * bsize;
    const spared = Math.min((blocks * bsize) / sparedShare, mostSpared);
    const room = free - spared;
    if (bytes <= room) return Math.max(bytes, Math.min(room, largestGrant));
    const left = `${toMegabytes(free)} are free, of which ${toMegabytes(spared)} are left to others`;
    throw new Error(`Cannot keep temporary files in "${this.#folder}": ${left}`);
  }
}

function toMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
