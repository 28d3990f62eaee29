import type { Digest } from "../values/digest.ts";

/** More than that many are not remembered: the oldest go first. */
const mostEntries = 100_000;

/**
 * When blobs were last asked for. A client that finds a blob leaves its upload out and names it in a manifest soon; until
 * then, nothing else protects the blob from collection.
 */
export class RecentlySeen {
  readonly #times = new Map<string, number>();

  note(repository: string, digest: Digest): void {
    const key = `${repository}@${digest}`;
    this.#times.delete(key);
    this.#times.set(key, Date.now());
    if (this.#times.size <= mostEntries) return;
    for (const oldest of this.#times.keys()) {
      this.#times.delete(oldest);
      return;
    }
  }

  /** Milliseconds since the epoch; undefined when nobody asked, or long ago. */
  when(repository: string, digest: Digest): number | undefined {
    return this.#times.get(`${repository}@${digest}`);
  }
}
