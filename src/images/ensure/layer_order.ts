import { signalOf } from "../../../registry/call.ts";
import type { Digest, RegistryReader } from "../../../registry/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";

/** Bytes a second of a layer beside which nothing is gained by another one: faster than daemons work on layers. */
const fast = 64_000_000;

/** Over how long it is measured, in milliseconds; a layer that has just begun counts as fast. */
const measureMs = 50;

/** Pause between two looks of a layer that is held back, in milliseconds, and the longest that it is in all. */
const lookMs = 10;
const longestHoldMs = 2000;

/**
 * Has layers of an image that are on their way at once come in their order, as long as they come fast: a daemon asks for several
 * but works on one after the other, and can begin when it has all of the lowest. Where the network is what is waited for, all go
 * on at once.
 */
export class LayerOrder {
  readonly #places: ReadonlyMap<Digest, number>;
  readonly #clock: Clock;
  readonly #underWay = new Set<Lane>();

  /** `digests` of the layers, lowest first. */
  constructor(digests: readonly Digest[], clock: Clock) {
    // Where a layer is there twice, it is the lower one that is waited for.
    this.#places = new Map(digests.map((digest, index) => [digest, index] as const).toReversed());
    this.#clock = clock;
  }

  /** The way to read blobs in that order; `layerOf` says of which layer a blob is, where it has another digest. */
  ordered(getBlob: RegistryReader["getBlob"], layerOf = (digest: Digest) => digest): RegistryReader["getBlob"] {
    return async (repository, digest, options = {}) => {
      const content = await getBlob(repository, digest, options);
      const body = this.#pass(layerOf(digest), content.body, signalOf(options));
      return { ...content, body, [Symbol.asyncDispose]: () => content[Symbol.asyncDispose]() };
    };
  }

  /** Passes on what comes of a layer, its first piece at once. */
  async *#pass(
    digest: Digest,
    body: AsyncIterable<Uint8Array>,
    options: { signal?: AbortSignal },
  ): AsyncGenerator<Uint8Array> {
    const place = this.#places.get(digest);
    if (place === undefined) return yield* body;
    const lane = new Lane(place, this.#clock.now());
    this.#underWay.add(lane);
    try {
      for await (const bytes of body) {
        lane.note(bytes.byteLength, this.#clock.now());
        yield bytes;
        await this.#wait(lane, options);
      }
    } finally {
      this.#underWay.delete(lane);
    }
  }

  /** Waits until no lower layer comes fast. */
  async #wait(lane: Lane, options: { signal?: AbortSignal }): Promise<void> {
    let now = this.#clock.now();
    if (!this.#isPreceded(lane, now)) return;
    while (this.#isPreceded(lane, now) && lane.heldMs < longestHoldMs) {
      await sleep(this.#clock, lookMs, options);
      lane.heldMs += this.#clock.now() - now;
      now = this.#clock.now();
    }
    lane.begin(now);
  }

  #isPreceded({ place }: Lane, nowMs: number): boolean {
    return this.#underWay.values().some((other) => other.place < place && other.isFast(nowMs));
  }
}

/** A layer on its way. */
class Lane {
  readonly place: number;
  /** How long it was held back so far. */
  heldMs = 0;
  #sinceMs: number;
  #bytes = 0;
  #isFast = true;

  constructor(place: number, nowMs: number) {
    this.place = place;
    this.#sinceMs = nowMs;
  }

  /** From now on it is measured anew. */
  begin(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#bytes = 0;
    this.#isFast = true;
  }

  note(byteCount: number, nowMs: number): void {
    this.#bytes += byteCount;
    const elapsedMs = nowMs - this.#sinceMs;
    if (elapsedMs < measureMs) return;
    const isFast = this.#bytes * 1000 >= fast * elapsedMs;
    this.begin(nowMs);
    this.#isFast = isFast;
  }

  /** Nothing for a while is not fast either. */
  isFast(nowMs: number): boolean {
    return this.#isFast && nowMs - this.#sinceMs <= 2 * measureMs;
  }
}
