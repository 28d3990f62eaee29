import { unpacked } from "../packing.ts";
import { RegistryError } from "../registry_error.ts";
import { algorithmOf, createDigester, type Digest } from "../values/digest.ts";
import type { LayerPacking } from "../values/media_type.ts";
import { hashedStream } from "../verified_stream.ts";

/** The archive in a layer. It ends only when it is as `expected` as a whole; else CORRUPT, as what cannot be unpacked is. */
export async function* unpackLayer(
  bytes: AsyncIterable<Uint8Array>,
  { layer, packing, unpacked: expected }: { layer: Digest; packing: LayerPacking; unpacked: Digest },
): AsyncGenerator<Uint8Array> {
  const digester = createDigester(algorithmOf(expected));
  yield* hashedStream(unpacked(bytes, packing, { what: `layer "${layer}"` }), digester);
  const found = digester.digest();
  if (found === expected) return;
  throw new RegistryError("CORRUPT", `Cannot unpack layer "${layer}": it unpacks to ${found}, expected ${expected}`);
}
