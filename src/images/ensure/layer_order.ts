import { signalOf } from "../../../registry/call.ts";
import type { Digest, RegistryReader } from "../../../registry/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";

/** Bytes a second of a layer that is fast: most daemons work on layers more slowly. */
export const fastBytesPerSecond = 100_000_000;

/** Of so many bytes of a layer on, it may be held back: what is small is soon out of the way. */
const smallBytes = 1_000_000;

/** Over how long it is measured, in milliseconds; a layer that has just begun counts as fast. */
const measureMs = 50;

/** Pause between two looks of a layer that is held back, in milliseconds. */
const lookMs = 10;

/**
 * How long layers are held back, from the first that is. By then the daemon has what it begins with; and where each connection is
 * limited, three together are faster than one after the other.
 */
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
  #heldSinceMs: number | undefined;

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
    if (lane.bytes < smallBytes || !this.#isPreceded(lane)) return;
    while (this.#isPreceded(lane)) await sleep(this.#clock, lookMs, options);
    lane.begin(this.#clock.now());
  }

  #isPreceded({ place }: Lane): boolean {
    const nowMs = this.#clock.now();
    const isPreceded = this.#underWay.values().some((other) => other.place < place && other.isFast(nowMs));
    if (!isPreceded) return false;
    this.#heldSinceMs ??= nowMs;
    return isWithin(longestHoldMs, this.#heldSinceMs, nowMs);
  }
}

/** A layer on its way. */
class Lane {
  readonly place: number;
  /** What has come of it. */
  bytes = 0;
  #sinceMs: number;
  #measuredBytes = 0;
  #isFast = true;

  constructor(place: number, nowMs: number) {
    this.place = place;
    this.#sinceMs = nowMs;
  }

  /** From now on it is measured anew. */
  begin(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#measuredBytes = 0;
    this.#isFast = true;
  }

  note(byteCount: number, nowMs: number): void {
    this.bytes += byteCount;
    this.#measuredBytes += byteCount;
    if (isWithin(measureMs - 1, this.#sinceMs, nowMs)) return;
    const isFast = this.#measuredBytes * 1000 >= fastBytesPerSecond * (nowMs - this.#sinceMs);
    this.begin(nowMs);
    this.#isFast = isFast;
  }

  /** Nothing for a while is not fast either. */
  isFast(nowMs: number): boolean {
    return this.#isFast && isWithin(2 * measureMs, this.#sinceMs, nowMs);
  }
}

/** Whether no more than so much time has passed; the clock of a host may be set back. */
function isWithin(ms: number, sinceMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - sinceMs) <= ms;
}
