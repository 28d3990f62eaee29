import type { ByteSpan } from "../values/byte_range.ts";
import { countedStream, verifiedStream } from "../verified_stream.ts";
import { type BlobReading, openReading, type ReadingMeans, type Wanted } from "./blob_reading.ts";
import { SteadyBody } from "./steady_body.ts";

/** What of a blob is wanted, and how much of that its reader has. */
export interface Passage {
  /** Of the whole blob. */
  readonly size: number;
  /** Undefined for the whole, whose digest is checked before its last bytes come out. */
  readonly span?: ByteSpan | undefined;
  /** The first byte that the reader lacks. */
  readonly from?: number;
  /** A reading that has begun with the first byte of the blob. */
  readonly opened?: BlobReading | undefined;
}

/** A blob, or a part of it, from upstream to one reader and nowhere else. */
export async function* passBlob(wanted: Wanted, means: ReadingMeans, passage: Passage): AsyncGenerator<Uint8Array> {
  const { size, span, opened } = passage;
  const begin = span ? (passage.from ?? span.first) : 0;
  const reading = opened ?? (await openReading(wanted, means, begin, { size }));
  const bytes = new SteadyBody(wanted, means, reading, begin).read();
  if (span) {
    const count = span.last + 1 - begin;
    yield* countedStream(limit(bytes, count), count, `"${wanted.digest}"`);
    return;
  }
  let skip = passage.from ?? 0;
  // What the reader has is checked with the rest, although it came another way: it is of the same digest, or all is in vain.
  for await (const piece of verifiedStream(bytes, wanted.digest, size)) {
    const part = piece.subarray(Math.min(skip, piece.byteLength));
    skip -= piece.byteLength - part.byteLength;
    if (part.byteLength > 0) yield part;
  }
}

async function* limit(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const bytes of body) {
    const part = bytes.subarray(0, Math.min(left, bytes.byteLength));
    left -= part.byteLength;
    yield part;
    if (left <= 0) return;
  }
}
