import type { Followed } from "../../runtime/followed.ts";
import type { Log } from "../../runtime/log.ts";
import { WarmFile } from "./warm_file.ts";
import { WarmFileError, type WarmSet, type WarmSetSource } from "./warm_set.ts";

/** What is wanted: images, or those of a file. */
export type Wanted =
  | { readonly kind: "images"; readonly images: WarmSet["images"] }
  | { readonly kind: "file"; readonly path: string };

/** Settings that say what is wanted. */
type WantedSettings = Followed<{ readonly wanted: Wanted }>;

/**
 * The set that settings name. While they name a file that cannot be used, what was wanted before goes on to be, and the log
 * tells so once for each fault.
 */
export class WantedSet implements WarmSetSource {
  readonly #settings: WantedSettings;
  readonly #log: Log;
  #wanted: Wanted;
  #source: Pick<WarmSetSource, "set"> & Partial<WarmSetSource>;
  #refused = "";

  private constructor(settings: WantedSettings, log: Log, wanted: Wanted, source: Pick<WarmSetSource, "set">) {
    this.#settings = settings;
    this.#log = log;
    this.#wanted = wanted;
    this.#source = source;
  }

  /** Throws {@link WarmFileError}. */
  static async open(settings: WantedSettings, log: Log): Promise<WantedSet> {
    const { wanted } = settings.value;
    return new WantedSet(settings, log, wanted, await openSource(wanted, log));
  }

  get set(): WarmSet {
    return this.#source.set;
  }

  async look(): Promise<boolean> {
    const { wanted } = this.#settings.value;
    if (isSame(wanted, this.#wanted)) {
      this.#refused = "";
      return (await this.#source.look?.()) ?? false;
    }
    try {
      this.#source = await openSource(wanted, this.#log);
    } catch (error) {
      if (!(error instanceof WarmFileError)) throw error;
      if (error.message !== this.#refused) {
        this.#log.error(`${error.message}; what was wanted before goes on to be`);
      }
      this.#refused = error.message;
      return (await this.#source.look?.()) ?? false;
    }
    this.#wanted = wanted;
    this.#refused = "";
    return true;
  }
}

async function openSource(wanted: Wanted, log: Log): Promise<Pick<WarmSetSource, "set">> {
  return wanted.kind === "file" ? await WarmFile.open(wanted.path, log) : { set: { images: wanted.images } };
}

function isSame(one: Wanted, other: Wanted): boolean {
  if (one.kind === "file") return other.kind === "file" && one.path === other.path;
  return one === other;
}
