import type { Clock } from "../client/clock.ts";
import type { BlobContent, Registry, Upload } from "../registry.ts";
import { isRegistryError, RegistryError } from "../registry_error.ts";
import { type ByteRange, outOfRange, resolveRange } from "../values/byte_range.ts";
import type { Digest } from "../values/digest.ts";
import { type Answered, askSources } from "./ask_sources.ts";
import { GrowingBlob } from "./growing_blob.ts";
import { type KeptUploads, noKeptUploads, openUpload } from "./kept_uploads.ts";
import type { PullThroughObserver } from "./observer.ts";
import type { Source } from "./source.ts";

/** What filling takes. */
export interface FillOptions {
  readonly store: Registry;
  readonly clock: Clock;
  readonly hedgeMs: number;
  /** Has what broke off gone on with; without, a transfer that fails leaves nothing. */
  readonly kept?: KeptUploads;
  readonly observer: PullThroughObserver;
}

/** Where a blob is wanted, and from where it can be had under which name. */
export interface Wanted {
  readonly repository: string;
  readonly digest: Digest;
  readonly sources: readonly Source[];
  readonly upstreamName: string;
}

/**
 * Gets blobs from upstream into the store, each once however many want it, and gives it to all of them as it comes. Who
 * leaves does not end a transfer: the next who comes finds the blob.
 */
export class BlobFills {
  readonly #options: FillOptions;
  readonly #running = new Map<string, Promise<{ blob: GrowingBlob; size: number }>>();
  readonly #ended = new AbortController();

  constructor(options: FillOptions) {
    this.#options = options;
  }

  /** How many transfers there are now. */
  get count(): number {
    return this.#running.size;
  }

  /** A blob that is not in the store, or `range` of it. Errors as of `Registry.getBlob`. */
  async read(wanted: Wanted, options: { range?: ByteRange; signal?: AbortSignal } = {}): Promise<BlobContent> {
    const { digest } = wanted;
    const { blob, size } = await this.#join(wanted);
    const descriptor = { mediaType: "application/octet-stream", digest, size };
    const span = options.range && resolveRange(options.range, size);
    if (options.range && !span) throw outOfRange(descriptor);
    const body = blob.read(span ?? { first: 0, last: size - 1 }, options.signal);
    return {
      descriptor,
      ...(span && { span }),
      body,
      [Symbol.asyncDispose]: async () => void (await body.return(undefined)),
    };
  }

  /** Ends all transfers. */
  [Symbol.dispose](): void {
    this.#ended.abort(new RegistryError("UNAVAILABLE", "Cannot go on: the cache is being closed"));
  }

  #join(wanted: Wanted): Promise<{ blob: GrowingBlob; size: number }> {
    const key = `${wanted.repository}@${wanted.digest}`;
    const known = this.#running.get(key);
    this.#options.observer.onLookup?.({ content: "blob", outcome: known ? "hit" : "miss" });
    if (known) return known;
    const begun = this.#begin(wanted, () => this.#running.delete(key));
    this.#running.set(key, begun);
    begun.catch(() => this.#running.delete(key));
    return begun;
  }

  /** Resolves as soon as the size is known. */
  async #begin(wanted: Wanted, forget: () => void): Promise<{ blob: GrowingBlob; size: number }> {
    const { store, observer, kept = noKeptUploads } = this.#options;
    const { repository, digest } = wanted;
    const upload = await openUpload(store, kept, repository, digest);
    const had = upload.size;
    // A byte that is there already is asked for again, so that a blob of which all is there has an answer that tells its size.
    const start = Math.max(0, had - 1);
    const first = await this.#open(wanted, wanted.sources, start).catch(async (error: unknown) => {
      throw await this.#giveUp(wanted, upload, error);
    });
    const { size } = first.value.descriptor;
    const blob = new GrowingBlob({ store, repository, digest, size, upload });
    const filling = { repository, digest, size, receivedBytes: start };
    const fill = async () => {
      try {
        await upload.append(blob.pass(skip(this.#follow(wanted, first, filling), had - start)));
        await upload.commit(digest);
        await kept.forget(repository, digest);
        blob.stored();
        observer.onFilled?.({ repository, digest, size, outcome: "stored" });
      } catch (error) {
        const found = toCorrupt(error, digest);
        if (isRegistryError(found, "CORRUPT")) first.source.failed(found);
        blob.failed(found);
        const failure = await this.#giveUp(wanted, upload, found);
        observer.onFilled?.({ repository, digest, size, outcome: "failed", error: failure });
      } finally {
        forget();
      }
    };
    observer.onFilling?.(filling);
    void fill();
    return { blob, size };
  }

  /** What came is kept when it may be gone on with. Gives what it failed by. */
  async #giveUp({ repository, digest }: Wanted, upload: Upload, failure: unknown): Promise<unknown> {
    const { kept } = this.#options;
    const isPassing = isRegistryError(failure, "UNAVAILABLE", "TOOMANYREQUESTS", "UNAUTHORIZED", "DENIED");
    if (kept && isPassing && upload.size > 0) return failure;
    return await cancelUpload(upload, failure, () => kept?.forget(repository, digest));
  }

  /** The body from the first byte that is asked for, gone on with from another source when one breaks off in the middle. */
  async *#follow(
    wanted: Wanted,
    first: Answered<BlobContent>,
    filling: { receivedBytes: number },
  ): AsyncGenerator<Uint8Array> {
    const { size } = first.value.descriptor;
    let [content, source, at] = [first.value, first.source, filling.receivedBytes];
    const failed = new Set<Source>();
    for (;;) {
      try {
        await using open = content;
        for await (const bytes of open.body) {
          at += bytes.byteLength;
          filling.receivedBytes = at;
          this.#options.observer.onReceived?.({ source: source.upstream.name, bytes: bytes.byteLength });
          yield bytes;
        }
        if (at < size) throw new RegistryError("UNAVAILABLE", `Cannot read "${wanted.digest}": it ended at byte ${at}`);
        return;
      } catch (error) {
        if (isRegistryError(error, "CORRUPT") || this.#ended.signal.aborted) throw error;
        source.failed(error);
        failed.add(source);
        const others = wanted.sources.filter((other) => !failed.has(other));
        if (others.length === 0) throw error;
        ({ value: content, source } = await this.#open(wanted, others, at));
      }
    }
  }

  #open({ upstreamName, digest }: Wanted, sources: readonly Source[], first: number) {
    const { clock, hedgeMs } = this.#options;
    const range = first === 0 ? {} : { range: { first } };
    return askSources(
      sources,
      ({ upstream }, signal) => upstream.registry.getBlob(upstreamName, digest, { ...range, signal }),
      {
        clock,
        hedgeMs,
        what: `blob "${digest}"`,
        signal: this.#ended.signal,
        discard: (late) => void late[Symbol.asyncDispose](),
      },
    );
  }
}

/** A store says that what it was given has another digest; to whoever reads, upstream has sent wrong bytes. */
function toCorrupt(error: unknown, digest: Digest): unknown {
  if (!isRegistryError(error, "DIGEST_INVALID", "SIZE_INVALID")) return error;
  return new RegistryError("CORRUPT", `Cannot read "${digest}": ${error.message}`, { cause: error });
}

/** Cancels an upload, and gives what it failed by; nobody waits for it who could be told that it cannot be removed either. */
async function cancelUpload(
  upload: Upload,
  failure: unknown,
  forget: () => Promise<void> | undefined,
): Promise<unknown> {
  try {
    await upload.cancel();
    await forget();
    return failure;
  } catch (error) {
    const [first, then] = [failure, error].map((one) => RegistryError.from(one).message);
    return new AggregateError([failure, error], `${first}; what came of it cannot be removed: ${then}`);
  }
}

/** A body without its first bytes. */
async function* skip(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const bytes of body) {
    const rest = bytes.subarray(Math.min(left, bytes.byteLength));
    left -= bytes.byteLength - rest.byteLength;
    if (rest.byteLength > 0) yield rest;
  }
}
