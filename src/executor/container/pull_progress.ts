import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { PulledProgress } from "./image.ts";

/** How far a pull is. */
export interface PullOverview {
  image: string;
  /** In the order in which the daemon named them. */
  layers: readonly PulledLayer[];
}

/** One layer of an image, as it was spoken of last. */
export interface PulledLayer {
  id: string;
  /** The daemon's own word, e.g. `Downloading`. */
  status: string;
  currentBytes?: number;
  /** Absent until it is known. */
  totalBytes?: number;
  /** The registry or mirror that its bytes come from, where we fetch them. */
  source?: string;
}

/** Pause between two lines of the log about a pull. */
const logPauseMs = 5000;

/** What the daemon says of a layer that has been fetched as far as it goes. */
const fetched = new Set(["Already exists", "Download complete", "Pull complete", "Verifying Checksum", "Extracting"]);

/** Follows the pulls of one task, of which there is one at a time, and tells of them in the log, not too often. */
export class PullProgress {
  readonly #options: { clock: Clock; log: Log };
  readonly #layers = new Map<string, PulledLayer>();
  #image: string | undefined;
  #loggedAt: number;

  constructor(options: { clock: Clock; log: Log }) {
    this.#options = options;
    this.#loggedAt = options.clock.now();
  }

  /** Takes what is said of an image. */
  note(image: string, { id, status, currentBytes, totalBytes, source }: PulledProgress): void {
    if (image !== this.#image) this.#layers.clear();
    this.#image = image;
    // A line with the tag's name for an id opens the pull.
    if (id !== undefined && !status.startsWith("Pulling from ")) {
      const known = this.#layers.get(id);
      const total = totalBytes ?? known?.totalBytes;
      const current = fetched.has(status) ? total : (currentBytes ?? known?.currentBytes);
      const from = source ?? known?.source;
      this.#layers.set(id, {
        id,
        status,
        ...(current === undefined ? {} : { currentBytes: current }),
        ...(total === undefined ? {} : { totalBytes: total }),
        ...(from === undefined ? {} : { source: from }),
      });
    }
    this.#tell(image);
  }

  /** The pull under way, or the last one; `undefined` when nothing had to be pulled. */
  get overview(): PullOverview | undefined {
    return this.#image === undefined ? undefined : { image: this.#image, layers: [...this.#layers.values()] };
  }

  #tell(image: string): void {
    const { clock, log } = this.#options;
    if (clock.now() - this.#loggedAt < logPauseMs) return;
    this.#loggedAt = clock.now();
    const layers = [...this.#layers.values()];
    const sum = (bytes: (layer: PulledLayer) => number | undefined) =>
      layers.reduce((total, layer) => total + (bytes(layer) ?? 0), 0);
    log.info("pulling", {
      image,
      layers: layers.length,
      fetchedLayers: layers.filter(({ status }) => fetched.has(status)).length,
      fetchedBytes: sum(({ currentBytes }) => currentBytes),
      knownBytes: sum(({ totalBytes }) => totalBytes),
    });
  }
}
