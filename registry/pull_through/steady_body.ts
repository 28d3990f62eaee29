import { isRegistryError, RegistryError } from "../registry_error.ts";
import { type BlobReading, openReading, type ReadingMeans, type Wanted } from "./blob_reading.ts";
import { Pace } from "./pace.ts";
import type { Source } from "./source.ts";

type Event =
  | { kind: "piece"; from: BlobReading; result: IteratorResult<Uint8Array> }
  | { kind: "broke"; from: BlobReading; error: unknown }
  | { kind: "window" }
  | { kind: "joined"; reading: BlobReading }
  | { kind: "nobody joined"; error: unknown };

/**
 * The bytes of a blob from a position on. When the source breaks off, another one goes on at the byte where it stopped; when
 * it brings next to nothing, another one is asked beside it, and the slower of them is ended (contract J 25, 29, 30).
 */
export class SteadyBody {
  /** Who has brought bytes. */
  readonly contributors = new Set<Source>();
  readonly #wanted: Wanted;
  readonly #means: ReadingMeans;
  readonly #size: number;
  readonly #pace: Pace;
  readonly #ending = new AbortController();
  readonly #events: Event[] = [];
  /** Sources that broke off, and those that were too slow. */
  readonly #broken = new Set<Source>();
  readonly #slow = new Set<Source>();
  #wake = Promise.withResolvers<void>();
  #position: number;
  #skip: number;
  #current: BlobReading | undefined;
  #isJoining = false;

  /** Goes on with a reading that began at or before `position`. */
  constructor(wanted: Wanted, means: ReadingMeans, reading: BlobReading, position: number) {
    this.#wanted = wanted;
    this.#means = { ...means, signal: AbortSignal.any([means.signal, this.#ending.signal]) };
    this.#size = reading.size;
    this.#pace = new Pace(means.clock, means.minimumRate);
    this.#position = position;
    this.#skip = position - reading.from;
    this.#current = reading;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    if (this.#current) this.#push({ kind: "piece", from: this.#current, result: this.#current.first });
    void this.#watch();
    try {
      for (;;) {
        const event = await this.#next();
        if (event.kind === "piece") {
          if (event.from !== this.#current) continue;
          if (event.result.done) {
            if (this.#position >= this.#size) return;
            const found = `it ended at byte ${this.#position}, expected ${this.#size} bytes`;
            this.#replace(new RegistryError("UNAVAILABLE", `Cannot read "${this.#wanted.digest}": ${found}`));
            continue;
          }
          const bytes = this.#cut(event.result.value);
          if (bytes.byteLength > 0) yield bytes;
          this.#ask(event.from);
        } else this.#handle(event);
      }
    } finally {
      this.close();
    }
  }

  /** Ends it, also when nothing of it was read. */
  close(): void {
    this.#ending.abort(new RegistryError("UNAVAILABLE", "Cannot go on: nobody reads any more"));
    this.#current?.close();
    for (const event of this.#events) if (event.kind === "joined") event.reading.close();
  }

  #handle(event: Exclude<Event, { kind: "piece" }>): void {
    switch (event.kind) {
      case "broke":
        if (event.from !== this.#current) return;
        return this.#replace(event.error);
      case "window":
        if (this.#current && this.#pace.isTooSlow()) this.#hedge(this.#current.source);
        return;
      case "joined":
        this.#isJoining = false;
        this.#current?.close();
        this.#current = event.reading;
        this.#skip = this.#position - event.reading.from;
        this.#pace.reset();
        this.#push({ kind: "piece", from: event.reading, result: event.reading.first });
        return;
      case "nobody joined":
        this.#isJoining = false;
        if (this.#current === undefined) throw event.error;
    }
  }

  /** The source has failed: whoever joins takes its place. */
  #replace(error: unknown): void {
    const source = this.#current?.source;
    this.#current?.close();
    this.#current = undefined;
    this.#means.signal.throwIfAborted();
    source?.failed(error);
    // What it has sent may be wrong from the beginning.
    if (isRegistryError(error, "CORRUPT")) throw error;
    if (source) this.#broken.add(source);
    if (this.#isJoining) return;
    const others = this.#wanted.sources.filter((other) => !this.#broken.has(other));
    if (others.length === 0) throw error;
    this.#join(others);
  }

  #hedge(source: Source): void {
    const others = this.#wanted.sources.filter(
      (other) => other !== source && !this.#broken.has(other) && !this.#slow.has(other),
    );
    if (this.#isJoining || others.length === 0) return;
    this.#slow.add(source);
    source.failed(new RegistryError("UNAVAILABLE", `Cannot wait for "${this.#wanted.digest}": it hardly comes`));
    this.#join(others);
  }

  #join(sources: readonly Source[]): void {
    this.#isJoining = true;
    openReading({ ...this.#wanted, sources }, this.#means, this.#position, { size: this.#size }).then(
      (reading) => {
        if (this.#ending.signal.aborted) reading.close();
        else this.#push({ kind: "joined", reading });
      },
      (error: unknown) => this.#push({ kind: "nobody joined", error }),
    );
  }

  #ask(reading: BlobReading): void {
    if (reading !== this.#current) return;
    this.#pace.ask();
    reading.next().then(
      (result) => this.#push({ kind: "piece", from: reading, result }),
      (error: unknown) => this.#push({ kind: "broke", from: reading, error }),
    );
  }

  /** What of a piece lies behind the position: a source that joined has begun a little before it. */
  #cut(piece: Uint8Array): Uint8Array {
    this.#pace.got(piece.byteLength);
    if (this.#current) {
      this.#current.source.heard();
      this.#means.onReceived?.({ source: this.#current.source.upstream.name, bytes: piece.byteLength });
    }
    const bytes = piece.subarray(Math.min(this.#skip, piece.byteLength));
    this.#skip -= piece.byteLength - bytes.byteLength;
    this.#position += bytes.byteLength;
    if (bytes.byteLength > 0 && this.#current) this.contributors.add(this.#current.source);
    return bytes;
  }

  /** Has the pace looked at now and then until the end. */
  async #watch(): Promise<void> {
    const { clock, minimumRate } = this.#means;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await clock.sleep(minimumRate.windowMs, { signal }).catch(() => undefined);
      const isKnown = this.#events.some(({ kind }) => kind === "window");
      if (!signal.aborted && !isKnown) this.#push({ kind: "window" });
    }
  }

  #push(event: Event): void {
    this.#events.push(event);
    this.#wake.resolve();
  }

  async #next(): Promise<Event> {
    for (;;) {
      const event = this.#events.shift();
      if (event) return event;
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }
}
