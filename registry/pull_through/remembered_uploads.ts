import type { KeptText } from "../store/kept_text.ts";
import { Mutex } from "../store/mutex.ts";
import { isRecord } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";
import { keyOf } from "./holds.ts";
import { formatRecords, parseRecords } from "./kept_records.ts";
import type { KeptUploads } from "./kept_uploads.ts";

/** Which upload has the beginning of a blob. */
interface Beginning {
  readonly upload: string;
  readonly begunMs: number;
}

/** As long as stores keep uploads that nobody writes to. */
const longestMs = 86_400_000;

const form = { kind: "unfinished uploads", field: "uploads" };

/**
 * Remembers beginnings in memory, and in a text for the next process when there is one. Few at a time: the text is written
 * whenever one begins or ends.
 */
export class RememberedUploads implements KeptUploads {
  readonly #kept: KeptText | undefined;
  readonly #onTrouble: (error: unknown) => void;
  readonly #mutex = new Mutex();
  readonly #beginnings: Promise<Map<string, Beginning>>;

  constructor(kept?: KeptText, onTrouble: (error: unknown) => void = () => undefined) {
    this.#kept = kept;
    this.#onTrouble = onTrouble;
    this.#beginnings = this.#load();
  }

  async find(repository: string, digest: Digest): Promise<string | undefined> {
    return (await this.#beginnings).get(keyOf(repository, digest))?.upload;
  }

  async note(repository: string, digest: Digest, id: string): Promise<void> {
    const beginning = { upload: id, begunMs: Date.now() };
    await this.#change((beginnings) => beginnings.set(keyOf(repository, digest), beginning));
  }

  async forget(repository: string, digest: Digest): Promise<void> {
    await this.#change((beginnings) => beginnings.delete(keyOf(repository, digest)));
  }

  async #change(change: (beginnings: Map<string, Beginning>) => unknown): Promise<void> {
    const beginnings = await this.#beginnings;
    change(beginnings);
    if (!this.#kept) return;
    try {
      await this.#mutex.run(async () => await this.#kept?.write(formatRecords(form, beginnings)));
    } catch (error) {
      // Without it, a transfer that a crash breaks off begins anew.
      this.#onTrouble(error);
    }
  }

  async #load(): Promise<Map<string, Beginning>> {
    try {
      const oldestMs = Date.now() - longestMs;
      return parseRecords(form, await this.#kept?.read(), (found) => toBeginning(found, oldestMs));
    } catch (error) {
      this.#onTrouble(error);
      return new Map();
    }
  }
}

function toBeginning(found: unknown, oldestMs: number): Beginning | undefined {
  if (!isRecord(found)) return undefined;
  const { upload, begunMs } = found;
  if (typeof upload !== "string" || typeof begunMs !== "number" || begunMs < oldestMs) return undefined;
  return { upload, begunMs };
}
