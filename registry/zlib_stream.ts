import { Buffer } from "node:buffer";
import type { Transform } from "node:stream";
import { constants, createGunzip, createGzip, createZstdDecompress } from "node:zlib";

import { giveAway } from "./loose_memory.ts";

/** Pieces that come out: large ones cost less to hash and to write. */
const chunkSize = 256 * 1024;

/** Bytes packed with gzip, the same every time: fast where somebody waits for the whole of it, else as small as usual. */
export function gzip(bytes: AsyncIterable<Uint8Array>, effort: "fast" | "usual"): AsyncGenerator<Uint8Array> {
  const level = effort === "fast" ? constants.Z_BEST_SPEED : constants.Z_DEFAULT_COMPRESSION;
  return passThrough(bytes, createGzip({ level, chunkSize }));
}

/** Bytes unpacked with gzip. */
export function gunzip(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return passThrough(bytes, createGunzip({ chunkSize }));
}

/**
 * Bytes unpacked with zstd, with a window of at most 128 MiB, as much as its own tool takes. An end that comes too early is
 * not noticed: whoever calls knows what the bytes have to hash to.
 */
export function unpackZstd(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return passThrough(bytes, createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: 27 } }));
}

async function* passThrough(bytes: AsyncIterable<Uint8Array>, stream: Transform): AsyncGenerator<Uint8Array> {
  const feed = async () => {
    for await (const piece of bytes) await write(stream, piece);
    stream.end();
  };
  // Not ended after a fault: Deno's zstd would end the process then.
  const feeding = feed().catch((error: unknown) => void stream.destroy(error as Error));
  try {
    for await (const piece of stream) {
      // A buffer is filled once, over several pieces.
      giveAway(piece);
      yield piece as Buffer;
    }
  } finally {
    stream.destroy();
    await feeding;
  }
}

/** Resolves when the stream has taken a piece in. Not every runtime calls back when the stream fails: an event tells. */
function write(stream: Transform, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error | null) => {
      stream.off("close", close);
      if (error) reject(error);
      else resolve();
    };
    const close = () => end(stream.errored ?? new Error("Cannot write: the stream was closed"));
    stream.once("close", close);
    if (stream.destroyed) return close();
    stream.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength), end);
  });
}
