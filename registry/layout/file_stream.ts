import { Buffer } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { RegistryError } from "../registry_error.ts";
import type { ReadBytesOptions } from "../store/storage.ts";
import { orUndefined } from "./durable_file.ts";

/**
 * Large enough for the disk, small enough for many readers at once. Where each piece is fresh memory, whose pages cost more
 * than what is read into them, 1 MB takes a third less of a server's time than a quarter of it; pieces that are lent are half as
 * large, so that a connection takes one as a whole, and a quarter where there are many: what a slow client has not taken is kept
 * once more by its connection.
 */
const pieceBytes = { fresh: 2 ** 20, lent: 2 ** 19, lentToMany: 2 ** 18 } as const;

/** So many borrowers are few. */
const fewBorrowers = 4;

let borrowers = 0;

/** Bytes of a file, or of a part of it; the next piece is read while one is used. BLOB_UNKNOWN when it is gone. */
export async function* readFileStream(path: string, options: ReadBytesOptions = {}): AsyncGenerator<Uint8Array> {
  await using handle = await orUndefined(open(path, "r"));
  if (handle === undefined) throw new RegistryError("BLOB_UNKNOWN", `Cannot read "${path}": it is gone`);
  const { span, lend = false } = options;
  let position = span?.first ?? 0;
  const end = span === undefined ? (await handle.stat()).size : span.last + 1;
  using memory = lend ? lentMemory() : undefined;
  const take = memory?.take ?? freshMemory;
  const readNext = () => readPiece(handle, take, { first: position, end });
  let pending = readNext();
  try {
    for (;;) {
      const piece = await pending;
      if (piece.byteLength === 0) return;
      position += piece.byteLength;
      pending = readNext();
      yield piece;
    }
  } finally {
    // The file must not be closed under a read; whether that fails is nobody's business any more.
    await pending.catch(() => undefined);
  }
}

/** Gives memory for the next piece, of which `left` bytes are left to be read. */
type TakeMemory = (left: number) => Buffer;

async function readPiece(
  handle: FileHandle,
  take: TakeMemory,
  { first, end }: { first: number; end: number },
): Promise<Uint8Array> {
  if (first >= end) return new Uint8Array();
  const buffer = take(end - first);
  const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, first);
  return buffer.subarray(0, bytesRead);
}

function freshMemory(left: number): Buffer {
  return Buffer.allocUnsafe(Math.min(pieceBytes.fresh, left));
}

/** Two buffers in turn: one is read into while the other one is used. */
function lentMemory(): Disposable & { readonly take: TakeMemory } {
  let [next, other]: (Buffer | undefined)[] = [];
  borrowers++;
  const take: TakeMemory = (left) => {
    const length = borrowers > fewBorrowers ? pieceBytes.lentToMany : pieceBytes.lent;
    const buffer = next?.byteLength === length ? next : Buffer.allocUnsafeSlow(Math.min(length, left));
    [next, other] = [other, buffer];
    return buffer.subarray(0, left);
  };
  return { take, [Symbol.dispose]: () => void borrowers-- };
}
