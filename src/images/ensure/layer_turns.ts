import { signalOf } from "../../../registry/call.ts";
import type { Descriptor, Digest, RegistryReader } from "../../../registry/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import { fastBytesPerSecond } from "./layer_order.ts";
import type { PullBook } from "./pull_book.ts";
import { isLayerDone } from "./pulled_layers.ts";

/** So much of one layer has to come for a source to have shown that it is fast: less may lie in buffers on the way. */
const tellingBytes = 16_000_000;

/** A daemon has work for a second with so much: longer than a source takes to begin. */
const leastAheadBytes = 64_000_000;

/** A layer waits while so many times its own bytes are ahead of it: it comes sooner than they are worked on. */
const aheadFactor = 1.5;

/** How long a layer waits for a daemon that is done with none meanwhile. */
const longestWaitMs = 10_000;

/** Pause between two looks, in milliseconds. */
const lookMs = 20;

/**
 * Has a layer asked of its source only when the daemon will soon be done with those below it. What is fetched sooner than that takes
 * time of the processors from the daemon's work on what it has, when the source is as fast as the host. From a source that has not
 * shown itself fast everything is fetched at once.
 */
export class LayerTurns {
  readonly #sizes: ReadonlyMap<Digest, number>;
  readonly #book: Pick<PullBook, "statusOf">;
  readonly #clock: Clock;
  readonly #arrivals = new Map<Digest, { readonly sinceMs: number; bytes: number }>();
  #isFast = false;

  /** `layers` lowest first. */
  constructor(layers: readonly Descriptor[], parts: { book: Pick<PullBook, "statusOf">; clock: Clock }) {
    this.#sizes = new Map(layers.map(({ digest, size }) => [digest, size]));
    this.#book = parts.book;
    this.#clock = parts.clock;
  }

  /** Bytes of a layer have come from a source. */
  came(digest: Digest, count: number): void {
    const nowMs = this.#clock.now();
    const arrival = this.#arrivals.get(digest);
    if (arrival === undefined) return void this.#arrivals.set(digest, { sinceMs: nowMs, bytes: 0 });
    arrival.bytes += count;
    const isTelling = arrival.bytes >= tellingBytes;
    if (isTelling && arrival.bytes * 1000 >= fastBytesPerSecond * (nowMs - arrival.sinceMs)) this.#isFast = true;
  }

  /** The way to read blobs in turn; `layerOf` says of which layer a blob is, where it has another digest. */
  inTurn(getBlob: RegistryReader["getBlob"], layerOf: (digest: Digest) => Digest): RegistryReader["getBlob"] {
    return async (repository, digest, options = {}) => {
      await this.#wait(layerOf(digest), signalOf(options));
      return await getBlob(repository, digest, options);
    };
  }

  async #wait(digest: Digest, options: { signal?: AbortSignal }): Promise<void> {
    const size = this.#sizes.get(digest);
    if (size === undefined) return;
    const enough = Math.max(size * aheadFactor, leastAheadBytes);
    let [ahead, sinceMs] = [this.#aheadOf(digest), this.#clock.now()];
    while (this.#isFast && ahead >= enough && Math.abs(this.#clock.now() - sinceMs) < longestWaitMs) {
      await sleep(this.#clock, lookMs, options);
      const left = this.#aheadOf(digest);
      if (left < ahead) [ahead, sinceMs] = [left, this.#clock.now()];
    }
  }

  /** Bytes of the layers below one that the daemon is not done with. */
  #aheadOf(digest: Digest): number {
    let bytes = 0;
    for (const [below, size] of this.#sizes) {
      if (below === digest) break;
      if (!isLayerDone(this.#book.statusOf(below))) bytes += size;
    }
    return bytes;
  }
}
