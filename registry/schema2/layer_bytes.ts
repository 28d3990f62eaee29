import { Buffer } from "node:buffer";
import { RegistryError } from "../registry_error.ts";
import { algorithmOf, createDigester, type Digest } from "../values/digest.ts";
import type { LayerPacking } from "../values/media_type.ts";
import { unpackZstd } from "../zlib_stream.ts";

/** How a layer is packed by its first bytes: its media type is only what somebody has said. */
export async function seePacking(
  body: AsyncIterable<Uint8Array>,
): Promise<{ packing: LayerPacking; bytes: AsyncIterable<Uint8Array> }> {
  const iterator = body[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.byteLength < 4) {
    const next = await iterator.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    yield head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  };
  return { packing: packingOf(head), bytes: bytes() };
}

function packingOf(head: Buffer): LayerPacking {
  if (head.subarray(0, 2).equals(Buffer.of(0x1f, 0x8b))) return "gzip";
  return head.subarray(0, 4).equals(Buffer.of(0x28, 0xb5, 0x2f, 0xfd)) ? "zstd" : "tar";
}

/** The archive in a layer that is not packed with gzip. Its last piece comes only when the whole is `unpacked`; else CORRUPT. */
export async function* unpackLayer(
  bytes: AsyncIterable<Uint8Array>,
  { layer, packing, unpacked }: { layer: Digest; packing: LayerPacking; unpacked: Digest },
): AsyncGenerator<Uint8Array> {
  const digester = createDigester(algorithmOf(unpacked));
  const plain = packing === "zstd" ? unpackZstd(bytes) : bytes;
  try {
    for await (const piece of plain) {
      digester.update(piece);
      yield piece;
    }
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    const found = error instanceof Error ? error.message : String(error);
    throw new RegistryError("CORRUPT", `Cannot unpack layer "${layer}": ${found}`, { cause: error });
  }
  const found = digester.digest();
  if (found === unpacked) return;
  throw new RegistryError("CORRUPT", `Cannot unpack layer "${layer}": it unpacks to ${found}, expected ${unpacked}`);
}
