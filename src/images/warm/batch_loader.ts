import type { Engine } from "../../docker/mod.ts";
import { messageOf } from "../../notation/thrown.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { DaemonStore } from "../ensure/daemon_store.ts";
import { ensureTogether } from "../ensure/ensure_together.ts";
import type { EnsuredImage, EnsureParts } from "../ensure/mod.ts";
import { chooseNext, listLacking } from "./batch.ts";
import { KnownLayers } from "./known_layers.ts";
import { tellPulling } from "./pulling.ts";
import type { OnWarmNews } from "./warm_news.ts";
import type { PlannedImage } from "./warm_plan.ts";
import type { QueuedImage } from "./warm_queue.ts";

/** What loading takes. */
export interface BatchLoaderParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Log;
  /** What ensuring one image is done with. */
  readonly partsFor: (reference: string) => EnsureParts;
  readonly signal: AbortSignal;
  readonly tell: OnWarmNews;
}

/** A daemon that has not taken images together so often is not asked to again, until the next plan. */
const mostRefusals = 2;

/** Has small images of a set come together, where a storage driver keeps the images. */
export class BatchLoader {
  readonly #parts: BatchLoaderParts;
  readonly layers = new KnownLayers();
  #store: DaemonStore | undefined;
  #refusals = 0;

  constructor(parts: BatchLoaderParts) {
    this.#parts = parts;
  }

  /** From now on it is about a new plan, for a daemon that keeps images so. */
  follow(store: DaemonStore): void {
    this.#store = store;
    this.#refusals = 0;
    this.layers.forget();
  }

  /** Which of the images that wait come next: several are loaded together. */
  choose(waiting: readonly PlannedImage[]): readonly PlannedImage[] {
    const [first] = waiting;
    if (first === undefined || this.#store?.kind !== "graph" || this.#refusals >= mostRefusals) {
      return waiting.slice(0, 1);
    }
    // A daemon that fetches by itself is given nothing.
    if (this.#parts.partsFor(first.image.reference).way !== "gateway") return [first];
    return chooseNext(waiting, this.layers);
  }

  /** Loads images together; gives those that came, by their references. Why the others did not is for them to tell when they come alone. */
  async load(images: readonly QueuedImage[]): Promise<ReadonlyMap<string, EnsuredImage>> {
    const { engine, clock, log, partsFor, signal, tell } = this.#parts;
    const small = images.flatMap(({ planned, signal: own }) => {
      const { image, content } = planned;
      if (content === undefined) return [];
      const parts = partsFor(image.reference);
      const lacking = listLacking(planned, this.layers);
      return [
        { image: image.reference, id: content.id, lacking, parts, onProgress: tellPulling(planned, tell), signal: own },
      ];
    });
    const [first] = small;
    const store = this.#store;
    if (first === undefined || store === undefined) return new Map();
    try {
      const { state } = first.parts;
      const { come, isRefused } = await ensureTogether(small, { engine, store, state, clock, log, signal });
      this.#refusals = isRefused ? this.#refusals + 1 : 0;
      return come;
    } catch (error) {
      if (!signal.aborted) log.warn("images cannot come together", { error: messageOf(error) });
      return new Map();
    }
  }
}
