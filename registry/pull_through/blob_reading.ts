import type { Clock } from "../client/clock.ts";
import type { MinimumRate } from "../client/rate_watch.ts";
import { RegistryError } from "../registry_error.ts";
import type { Digest } from "../values/digest.ts";
import { askSources } from "./ask_sources.ts";
import type { PullThroughObserver } from "./observer.ts";
import type { Source } from "./source.ts";

/** Where a blob is wanted, and from where it can be had under which name. */
export interface Wanted {
  readonly repository: string;
  readonly digest: Digest;
  readonly sources: readonly Source[];
  readonly upstreamName: string;
}

/** What reading from sources takes. */
export interface ReadingMeans {
  readonly clock: Clock;
  /** How long a source may be silent before the next one is asked as well. */
  readonly hedgeMs: number;
  /** A source that brings less than that is joined by the next. */
  readonly minimumRate: MinimumRate;
  /** Told of what comes, from whom. */
  readonly onReceived?: PullThroughObserver["onReceived"];
  /** Ends all reading. */
  readonly signal: AbortSignal;
}

/** What of a blob is opened, and how patiently. */
export interface ReadingOptions {
  /** What others have said of the blob; a source that says otherwise is passed over. */
  readonly size?: number;
  /** How long the first bytes are waited for while no source sends any of anything; unless given, as long as clients take to fail. */
  readonly longestWaitMs?: number | undefined;
}

/** A blob that one source has begun to send: its first bytes are here. */
export interface BlobReading {
  readonly source: Source;
  /** Of the whole blob. */
  readonly size: number;
  /** The byte that it began at. */
  readonly from: number;
  readonly first: IteratorResult<Uint8Array>;
  next(): Promise<IteratorResult<Uint8Array>>;
  /** Ends it, also while a piece is waited for. */
  close(): void;
}

/**
 * Opens a blob at the first source that sends bytes of it, from byte `from` on. One that says it has the blob, and then sends
 * nothing, has not answered.
 */
export async function openReading(
  wanted: Wanted,
  means: ReadingMeans,
  from: number,
  { size, longestWaitMs }: ReadingOptions = {},
): Promise<BlobReading> {
  const { value } = await askSources(wanted.sources, (source, signal) => open(wanted, source, { from, size, signal }), {
    clock: means.clock,
    hedgeMs: means.hedgeMs,
    longestWaitMs,
    countsFrom: "last bytes",
    what: `blob "${wanted.digest}"`,
    signal: means.signal,
    discard: (late) => late.close(),
  });
  return value;
}

async function open(
  { upstreamName, digest }: Wanted,
  source: Source,
  { from, size, signal }: { from: number; size: number | undefined; signal: AbortSignal },
): Promise<BlobReading> {
  const ending = new AbortController();
  const content = await source.upstream.registry.getBlob(upstreamName, digest, {
    ...(from === 0 ? {} : { range: { first: from } }),
    signal: AbortSignal.any([signal, ending.signal]),
  });
  const close = () => {
    ending.abort(new RegistryError("UNAVAILABLE", `Cannot go on with "${digest}": it is not wanted any more`));
    // What is thrown away cannot fail anybody.
    void Promise.resolve(content[Symbol.asyncDispose]()).catch(() => undefined);
  };
  try {
    const found = content.descriptor.size;
    if (size !== undefined && found !== size) {
      throw new RegistryError("CORRUPT", `Cannot read "${digest}": found ${found} bytes, expected ${size}`);
    }
    const iterator = content.body[Symbol.asyncIterator]();
    const first = await iterator.next();
    return { source, size: found, from, first, next: () => iterator.next(), close };
  } catch (error) {
    close();
    throw error;
  }
}
