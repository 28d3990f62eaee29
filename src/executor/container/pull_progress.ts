import { type PulledLayer, PulledLayers, type PulledProgress } from "../../images/ensure/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";

/** How far a pull is. */
export interface PullOverview {
  image: string;
  layers: readonly PulledLayer[];
}

/** Pause between two lines of the log about a pull. */
const logPauseMs = 5000;

/** Follows the pulls of one task, of which there is one at a time, and tells of them in the log, not too often. */
export class PullProgress {
  readonly #options: { clock: Clock; log: Log };
  #layers = new PulledLayers();
  #image: string | undefined;
  #loggedAt: number;

  constructor(options: { clock: Clock; log: Log }) {
    this.#options = options;
    this.#loggedAt = options.clock.now();
  }

  /** Takes what is said of an image. */
  note(image: string, progress: PulledProgress): void {
    if (image !== this.#image) this.#layers = new PulledLayers();
    this.#image = image;
    this.#layers.note(progress);
    this.#tell(image);
  }

  /** The pull under way, or the last one; `undefined` when nothing had to be pulled. */
  get overview(): PullOverview | undefined {
    return this.#image === undefined ? undefined : { image: this.#image, layers: this.#layers.all };
  }

  #tell(image: string): void {
    const { clock, log } = this.#options;
    if (clock.now() - this.#loggedAt < logPauseMs) return;
    this.#loggedAt = clock.now();
    const { all, fetchedLayers, fetchedBytes, knownBytes } = this.#layers;
    log.info("pulling", { image, layers: all.length, fetchedLayers, fetchedBytes, knownBytes });
  }
}
