import type { BlobContent, ReadBlobOptions, Registry, Upload } from "../registry.ts";
import { isRegistryError, RegistryError } from "../registry_error.ts";
import { outOfRange, resolveRange } from "../values/byte_range.ts";
import { type BlobReading, openReading, type ReadingMeans, type Wanted } from "./blob_reading.ts";
import { isDiskFull } from "./disk_full.ts";
import type { Eviction } from "./eviction.ts";
import { runFill } from "./fill.ts";
import { fillFromOne } from "./fill_from_one.ts";
import { GrowingBlob } from "./growing_blob.ts";
import { keyOf } from "./holds.ts";
import { beginUpload, findBeginning, type KeptUploads } from "./kept_uploads.ts";
import type { PullThroughObserver } from "./observer.ts";
import { passBlob } from "./pass_blob.ts";

/** What filling takes. */
export interface FillOptions extends Pick<ReadingMeans, "clock" | "hedgeMs" | "minimumRate"> {
  readonly store: Registry;
  /** How long the first bytes of a blob are waited for; what has begun is waited for as its clients do. */
  readonly longestWaitMs: number | undefined;
  /** Of a blob that is kept. */
  readonly largestBytes: number;
  readonly eviction: Eviction | undefined;
  /** Has what broke off gone on with. */
  readonly kept: KeptUploads;
  readonly observer: PullThroughObserver;
}

/** What became of the wish for a blob. */
type Begun =
  | { kind: "growing"; size: number; blob: GrowingBlob }
  /** It is not kept: each reader has it from upstream, and the first goes on with what was opened. */
  | { kind: "passing"; size: number; opened: BlobReading | undefined }
  | { kind: "stored" };

/**
 * Gets blobs from upstream into the store, each once however many want it, and gives it to all of them as it comes. Who
 * leaves does not end a transfer: the next who comes finds the blob. What a transfer has when it fails is gone on with.
 */
export class BlobFills {
  readonly #options: FillOptions;
  readonly #means: ReadingMeans;
  readonly #running = new Map<string, Promise<Begun>>();
  readonly #transfers = new Set<Promise<void>>();
  /** Blobs that turned out wrong, and nobody knows by whose fault. */
  readonly #suspicious = new Set<string>();
  readonly #ended = new AbortController();

  constructor(options: FillOptions) {
    this.#options = options;
    const { clock, hedgeMs, minimumRate, observer } = options;
    const onReceived: ReadingMeans["onReceived"] = (received) => observer.onReceived?.(received);
    this.#means = { clock, hedgeMs, minimumRate, onReceived, signal: this.#ended.signal };
  }

  /** A blob that is not in the store, or `range` of it. Errors as of `Registry.getBlob`. */
  async read(wanted: Wanted, options: ReadBlobOptions = {}): Promise<BlobContent> {
    const { repository, digest } = wanted;
    const begun = await this.#join(wanted);
    if (begun.kind === "stored") return await this.#options.store.getBlob(repository, digest, options);
    const { size } = begun;
    const descriptor = { mediaType: "application/octet-stream", digest, size };
    const span = options.range && resolveRange(options.range, size);
    const opened = begun.kind === "passing" ? begun.opened : undefined;
    if (begun.kind === "passing") begun.opened = undefined;
    // What was opened begins with the first byte.
    if (options.range) opened?.close();
    if (options.range && !span) throw outOfRange(descriptor);
    const body =
      begun.kind === "growing"
        ? begun.blob.read(span ?? { first: 0, last: size - 1 }, options)
        : passBlob(wanted, this.#meansFor(options.signal), { size, span, opened: span ? undefined : opened });
    const dispose = async () => {
      opened?.close();
      await body.return(undefined);
    };
    return { descriptor, ...(span && { span }), body, [Symbol.asyncDispose]: dispose };
  }

  /** Ends all transfers. */
  [Symbol.dispose](): void {
    this.#ended.abort(new RegistryError("UNAVAILABLE", "Cannot go on: the cache is being closed"));
  }

  /** Ends all transfers, and resolves when what they have is where the next process finds it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await Promise.allSettled([...this.#running.values()]);
    await Promise.all(this.#transfers);
  }

  #meansFor(signal: AbortSignal | undefined): ReadingMeans {
    return signal ? { ...this.#means, signal: AbortSignal.any([this.#means.signal, signal]) } : this.#means;
  }

  #join(wanted: Wanted): Promise<Begun> {
    const key = keyOf(wanted.repository, wanted.digest);
    const known = this.#running.get(key);
    this.#options.observer.onLookup?.({ content: "blob", outcome: known ? "hit" : "miss" });
    if (known) return known;
    const forget = () => void (this.#running.get(key) === begun && this.#running.delete(key));
    const begun = this.#begin(wanted, key, forget);
    this.#running.set(key, begun);
    begun.then(({ kind }) => kind !== "growing" && forget(), forget);
    return begun;
  }

  /** Resolves as soon as the first bytes are here. */
  async #begin(wanted: Wanted, key: string, forget: () => void): Promise<Begun> {
    const { repository, digest } = wanted;
    const { eviction, largestBytes, observer } = this.#options;
    const hold = eviction?.hold(repository, digest);
    try {
      if (this.#suspicious.has(key)) return await this.#fillAlone(wanted, key);
      const { reading, beginning } = await this.#open(wanted);
      const { size } = reading;
      if (size > Math.min(largestBytes, eviction?.largestBytes ?? Number.POSITIVE_INFINITY)) {
        if (beginning) await this.#forgetBeginning(wanted, beginning);
        observer.onFilled?.({ repository, digest, size, outcome: "passed" });
        return toPassing(reading);
      }
      const upload = beginning ?? (await this.#startUpload(wanted, size, reading));
      if (!upload) return toPassing(reading);
      const blob = new GrowingBlob({ store: this.#options.store, repository, digest, size, upload });
      const held = eviction?.hold(repository, digest);
      const transfer = this.#run({ wanted, reading, upload, blob }, key).finally(() => {
        held?.[Symbol.dispose]();
        this.#transfers.delete(transfer);
        forget();
      });
      this.#transfers.add(transfer);
      return { kind: "growing", size, blob };
    } finally {
      hold?.[Symbol.dispose]();
    }
  }

  /** Opens the blob where an earlier transfer has stopped, if there was one. */
  async #open(wanted: Wanted): Promise<{ reading: BlobReading; beginning?: Upload }> {
    const { store, kept, longestWaitMs } = this.#options;
    const patience = { longestWaitMs };
    const beginning = await findBeginning(store, kept, wanted.repository, wanted.digest);
    if (!beginning) return { reading: await openReading(wanted, this.#means, 0, patience) };
    try {
      // One byte again: a blob of which nothing is missing has no range behind its last byte.
      return { reading: await openReading(wanted, this.#means, beginning.size - 1, patience), beginning };
    } catch (error) {
      if (!isRegistryError(error, "RANGE_INVALID")) throw error;
      await this.#forgetBeginning(wanted, beginning);
      return { reading: await openReading(wanted, this.#means, 0, patience) };
    }
  }

  async #forgetBeginning({ repository, digest }: Wanted, upload: Upload): Promise<void> {
    await this.#options.kept.forget(repository, digest);
    await upload.cancel();
  }

  /** Undefined when the store cannot take anything: who asks gets the blob all the same. */
  async #startUpload({ repository, digest }: Wanted, size: number, reading: BlobReading): Promise<Upload | undefined> {
    const { store, eviction, kept, observer } = this.#options;
    const begin = () => beginUpload(store, kept, repository, digest);
    try {
      return await begin().catch(async (error: unknown) => {
        if (!isDiskFull(error) || !(await eviction?.makeRoom(size))) throw error;
        return await begin();
      });
    } catch (error) {
      if (this.#ended.signal.aborted) {
        reading.close();
        throw error;
      }
      observer.onFilled?.({ repository, digest, size, outcome: "passed", error });
      return undefined;
    }
  }

  async #run(
    parts: { wanted: Wanted; reading: BlobReading; upload: Upload; blob: GrowingBlob },
    key: string,
  ): Promise<void> {
    const { eviction, kept, observer } = this.#options;
    const { repository, digest } = parts.wanted;
    const expected = eviction?.expect(parts.reading.size);
    // A byte that is there already is asked for again.
    const filling = { repository, digest, size: parts.reading.size, receivedBytes: parts.reading.from };
    const means = {
      ...this.#means,
      onReceived: (received: { source: string; bytes: number }) => {
        filling.receivedBytes = Math.min(filling.size, filling.receivedBytes + received.bytes);
        observer.onReceived?.(received);
      },
    };
    observer.onFilling?.(filling);
    const end = await runFill({ ...parts, means, eviction });
    expected?.settle(end.filled.outcome === "stored" ? "stored" : "failed");
    // What is remembered in vain is not found by the next transfer, and forgotten then.
    if (end.upload === "gone") await kept.forget(repository, digest).catch(() => undefined);
    if (end.blame === "unknown") this.#suspicious.add(key);
    observer.onFilled?.(end.filled);
  }

  async #fillAlone(wanted: Wanted, key: string): Promise<Begun> {
    const { store, longestWaitMs, eviction, observer } = this.#options;
    const { repository, digest } = wanted;
    try {
      const { size } = await fillFromOne(wanted, this.#means, { store, longestWaitMs });
      this.#suspicious.delete(key);
      eviction?.expect(size).settle("stored");
      observer.onFilled?.({ repository, digest, size, outcome: "stored" });
      return { kind: "stored" };
    } catch (error) {
      observer.onFilled?.({ repository, digest, size: 0, outcome: "failed", error });
      throw error;
    }
  }
}

function toPassing(reading: BlobReading): Begun {
  const { size } = reading;
  if (reading.from === 0) return { kind: "passing", size, opened: reading };
  reading.close();
  return { kind: "passing", size, opened: undefined };
}
