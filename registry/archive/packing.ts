import type { Duplex } from "node:stream";
import * as zlib from "node:zlib";
import { RegistryError } from "../registry_error.ts";
import type { LayerPacking } from "../values/media_type.ts";
import { feed } from "./feed.ts";

/** Largest layer that is unpacked unless told otherwise: above the largest images, below what fills a disk of today. */
export const largestUnpackedBytes = 64 * 2 ** 30;

/** Large pieces cost half of what small ones do. */
const pieceBytes = 256 * 1024;

/** How content is packed, by its first bytes. */
export function packingOf(first: Uint8Array): LayerPacking {
  const begins = (...magic: number[]) => magic.every((byte, at) => first[at] === byte);
  if (begins(0x1f, 0x8b)) return "gzip";
  return begins(0x28, 0xb5, 0x2f, 0xfd) ? "zstd" : "tar";
}

/** Content of which the beginning is known. */
export interface Peeked {
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
    pieces.push(next.value);
    length += next.value.byteLength;
  }
  const first = Uint8Array.from(pieces.flatMap((piece) => [...piece.subarray(0, 4)]).slice(0, 4));
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces;
      for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
    } finally {
      await rest.return?.();
    }
  }
  return { first, packing: packingOf(first), body: all() };
}

/**
 * Content unpacked piece by piece. CORRUPT when it cannot be, and at the first byte above `maximumBytes`: a few megabytes
 * can be packed so that they fill any disk. `what` is for errors.
 */
export async function* unpacked(
  body: AsyncIterable<Uint8Array>,
  packing: LayerPacking,
  { what, maximumBytes = largestUnpackedBytes }: { what: string; maximumBytes?: number | undefined },
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of packing === "tar" ? body : through(body, openUnpacker(packing, what), what)) {
    size += piece.byteLength;
    if (size > maximumBytes) {
      throw new RegistryError("CORRUPT", `Cannot unpack ${what}: it becomes more than ${maximumBytes} bytes`);
    }
    yield piece;
  }
}

/** Content packed with gzip; the same bytes every time. */
export function gzipped(body: AsyncIterable<Uint8Array>, what: string): AsyncIterable<Uint8Array> {
  return through(body, zlib.createGzip({ chunkSize: pieceBytes }), what);
}

function openUnpacker(packing: "gzip" | "zstd", what: string): Duplex {
  if (packing === "gzip") return zlib.createGunzip({ chunkSize: pieceBytes });
  // Node has it from 22.15 on.
  if (typeof zlib.createZstdDecompress === "function") return zlib.createZstdDecompress({ chunkSize: pieceBytes });
  throw new RegistryError("UNSUPPORTED", `Cannot unpack ${what}: this runtime knows no zstd`);
}

async function* through(body: AsyncIterable<Uint8Array>, packer: Duplex, what: string): AsyncGenerator<Uint8Array> {
  let failure: { error: unknown } | undefined;
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  const feeding = feed(watched(), packer);
  try {
    for await (const piece of packer) yield piece as Uint8Array;
  } catch (error) {
    if (failure) throw failure.error;
    const found = error instanceof Error ? error.message : String(error);
    throw new RegistryError("CORRUPT", `Cannot unpack ${what}: ${found}`, { cause: error });
  } finally {
    packer.destroy();
    await feeding;
  }
}
