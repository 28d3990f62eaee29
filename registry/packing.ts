import { RegistryError } from "./registry_error.ts";
import { messageOf } from "./thrown.ts";
import type { LayerPacking } from "./values/media_type.ts";
import { gunzip, unpackZstd } from "./zlib_stream.ts";

/** Largest layer that is unpacked unless told otherwise: above the largest images, below what fills a disk of today. */
export const largestUnpackedBytes = 64 * 2 ** 30;

/** How content is packed, by its first bytes. */
export function packingOf(first: Uint8Array): LayerPacking {
  const begins = (...magic: number[]) => magic.every((byte, at) => first[at] === byte);
  if (begins(0x1f, 0x8b)) return "gzip";
  return begins(0x28, 0xb5, 0x2f, 0xfd) ? "zstd" : "tar";
}

/**
 * Content of which the beginning is known. Its reading has begun: disposing ends it, for whoever has `body` may come to nothing
 * before a first byte of it is read, and a file that stays open ends a process when it is collected.
 */
export interface Peeked extends Disposable {
  /** The first four bytes, where there are so many. */
  readonly first: Uint8Array;
  readonly packing: LayerPacking;
  /** All of it. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Looks at the beginning of content, which is read once all the same. */
export async function peek(body: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const rest = body[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < 4) {
    const next = await rest.next();
    if (next.done) break;
    length += next.value.byteLength;
    // It may be lent until the next is asked for.
    pieces.push(length < 4 ? Uint8Array.from(next.value) : next.value);
  }
  const first = Uint8Array.from(pieces.flatMap((piece) => [...piece.subarray(0, 4)]).slice(0, 4));
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* pieces;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  }
  // What is still on its way is not waited for, and how it ends is nobody's business any more.
  const close = () => void rest.return?.().catch(() => undefined);
  return { first, packing: packingOf(first), body: all(), [Symbol.dispose]: close };
}

const unpackers = { tar: (body: AsyncIterable<Uint8Array>) => body, gzip: gunzip, zstd: unpackZstd } as const;

/**
 * Content unpacked piece by piece. CORRUPT when it cannot be, and at the first byte above `maximumBytes`: a few megabytes
 * can be packed so that they fill any disk. `what` is for errors.
 */
export async function* unpacked(
  body: AsyncIterable<Uint8Array>,
  packing: LayerPacking,
  { what, maximumBytes = largestUnpackedBytes }: { what: string; maximumBytes?: number | undefined },
): AsyncGenerator<Uint8Array> {
  const source = watch(body);
  let size = 0;
  try {
    for await (const piece of unpackers[packing](source.body)) {
      size += piece.byteLength;
      if (size > maximumBytes) throw new Error(`it becomes more than ${maximumBytes} bytes`);
      yield piece;
    }
  } catch (error) {
    if (source.failure) throw source.failure.error;
    if (error instanceof RegistryError) throw error;
    const found = messageOf(error);
    throw new RegistryError("CORRUPT", `Cannot unpack ${what}: ${found}`, { cause: error });
  }
}

/** A body, and how it failed: what is packed in it is not to blame then. */
function watch(body: AsyncIterable<Uint8Array>): {
  readonly body: AsyncIterable<Uint8Array>;
  readonly failure: { error: unknown } | undefined;
} {
  let failure: { error: unknown } | undefined;
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  return {
    body: watched(),
    get failure() {
      return failure;
    },
  };
}
