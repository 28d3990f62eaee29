import type { KeptText } from "../store/kept_text.ts";
import { Mutex } from "../store/mutex.ts";
import type { Digest } from "../values/digest.ts";
import { keyOf } from "./holds.ts";
import { formatRecords, parseRecords } from "./kept_records.ts";

/** Uses are written down when the last time is at least that long ago: not with every request. */
const pauseMs = 60_000;

const form = { kind: "last uses", field: "uses" };

/** How last uses are kept. */
export interface LastUsesOptions {
  /** By default they end with the process. */
  readonly kept?: KeptText;
  readonly now?: () => number;
  /** Told when they cannot be read or written; the cache works on. */
  readonly onTrouble?: (error: unknown) => void;
}

/** When blobs and manifests of a cache were last given to somebody. Disposing of it writes the rest down. */
export class LastUses implements AsyncDisposable {
  readonly #kept: KeptText | undefined;
  readonly #now: () => number;
  readonly #onTrouble: (error: unknown) => void;
  readonly #times: Map<string, number>;
  readonly #mutex = new Mutex();
  #writtenMs: number;
  #changed = false;

  private constructor(times: Map<string, number>, { kept, now, onTrouble }: LastUsesOptions) {
    this.#times = times;
    this.#kept = kept;
    this.#now = now ?? Date.now;
    this.#onTrouble = onTrouble ?? (() => undefined);
    this.#writtenMs = this.#now();
  }

  /** Reads what an earlier process has written. What cannot be read counts as never used: files have times of their own. */
  static async open(options: LastUsesOptions = {}): Promise<LastUses> {
    try {
      return new LastUses(parseRecords(form, await options.kept?.read(), toTime), options);
    } catch (error) {
      options.onTrouble?.(error);
      return new LastUses(new Map(), options);
    }
  }

  /** Somebody is given it now. */
  note(repository: string, digest: Digest): void {
    this.#times.set(keyOf(repository, digest), this.#now());
    this.#changed = true;
    if (this.#now() - this.#writtenMs >= pauseMs) void this.write();
  }

  /** Milliseconds since the epoch; undefined when nobody was. */
  when(repository: string, digest: Digest): number | undefined {
    return this.#times.get(keyOf(repository, digest));
  }

  /** Forgets what is not in the cache any more, as `isKnown` tells. */
  prune(isKnown: (key: string) => boolean): void {
    for (const key of this.#times.keys()) {
      if (!isKnown(key)) this.#times.delete(key);
    }
  }

  /** Writes them down, unless nothing has changed since the last time. */
  async write(): Promise<void> {
    if (!this.#changed || !this.#kept) return;
    this.#changed = false;
    this.#writtenMs = this.#now();
    try {
      await this.#mutex.run(async () => await this.#kept?.write(formatRecords(form, this.#times)));
    } catch (error) {
      this.#changed = true;
      this.#onTrouble(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.write();
    await this.#mutex.run(async () => undefined);
  }
}

function toTime(found: unknown): number | undefined {
  return typeof found === "number" ? found : undefined;
}
