import type { TransferProgress } from "../../docker/mod.ts";
import type { LayerProgress } from "../ensure/mod.ts";

/** Counts the bytes of one image as its layers tell of theirs. */
export class TransferTally {
  readonly #layers = new Map<string, number>();
  #source: string | undefined;

  /** Whether bytes have come. What the daemon unpacks has come before. */
  note(progress: LayerProgress | TransferProgress): boolean {
    const { id, status, currentBytes } = progress;
    if (id === undefined || status !== "Downloading" || currentBytes === undefined) return false;
    if ("source" in progress) this.#source = progress.source;
    const before = this.#layers.get(id) ?? 0;
    this.#layers.set(id, Math.max(before, currentBytes));
    return currentBytes > before;
  }

  get bytes(): number {
    let sum = 0;
    for (const bytes of this.#layers.values()) sum += bytes;
    return sum;
  }

  /** Who sent bytes last, where that is known. */
  get from(): { source?: string } {
    return this.#source === undefined ? {} : { source: this.#source };
  }
}
