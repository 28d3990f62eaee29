import { readFileStream } from "../layout/file_stream.ts";
import { packingOf, unpacked } from "../packing.ts";
import { createDigester, type Digest } from "../values/digest.ts";
import type { LayerPacking } from "../values/media_type.ts";
import { hashedStream, verifiedStream } from "../verified_stream.ts";
import { gzip } from "../zlib_stream.ts";
import { corrupt, type Members } from "./members.ts";
import type { Spool } from "./spool.ts";

/** How layers are given. */
export interface LayerOptions {
  /** Layers of a docker-archive are there unpacked, as a rule; packed ones are small enough to be sent. */
  readonly layers: "as they are" | "gzip";
  /** Where packed layers are kept until the end. */
  readonly spool: Spool;
  /** Largest layer, unpacked. */
  readonly maximumLayerBytes?: number;
}

/** A layer as it will be sent. */
export interface DockerLayer {
  readonly packing: LayerPacking;
  readonly digest: Digest;
  readonly size: number;
  /** Bytes from `first` to `last`, all of them unless given. */
  read(first?: number, last?: number): AsyncIterable<Uint8Array>;
}

/**
 * Opens a layer of a docker-archive. One that is there unpacked has its diff id for digest, which is checked as it is read; one
 * that is packed, or is to be, is read once before, because its digest is not known.
 */
export async function openLayer(
  members: Members,
  name: string,
  diffId: Digest,
  { layers, spool, maximumLayerBytes }: LayerOptions,
): Promise<DockerLayer> {
  const size = await members.stat(name);
  if (size === undefined) throw corrupt(members.place, `layer "${name}" is not there`);
  const packing = packingOf(await firstBytes(members, name, size));
  const what = `layer "${name}" of "${members.place}"`;
  const read = (first = 0, last = size - 1) => members.read(name, { first, last });
  if (packing !== "tar") {
    const packed = createDigester();
    const content = unpacked(hashedStream(read(), packed), packing, { what, maximumBytes: maximumLayerBytes });
    await assertDigest(content, diffId, members.place, name);
    return { packing, digest: packed.digest(), size, read };
  }
  if (layers === "as they are") return { packing, digest: diffId, size, read };
  const packed = createDigester();
  const file = await spool.keep(hashedStream(gzip(verifiedStream(read(), diffId, size), "usual"), packed));
  return {
    packing: "gzip",
    digest: packed.digest(),
    size: file.size,
    read: (first = 0, last = file.size - 1) => readFileStream(file.path, { span: { first, last } }),
  };
}

async function firstBytes(members: Members, name: string, size: number): Promise<Uint8Array> {
  for await (const bytes of members.read(name, { first: 0, last: Math.min(size, 4) - 1 })) return bytes;
  return new Uint8Array();
}

async function assertDigest(
  content: AsyncIterable<Uint8Array>,
  expected: Digest,
  place: string,
  name: string,
): Promise<void> {
  const digester = createDigester();
  for await (const bytes of content) digester.update(bytes);
  if (digester.digest() !== expected) {
    throw corrupt(place, `layer "${name}" has digest ${digester.digest()}, the configuration tells of ${expected}`);
  }
}
