import { Buffer } from "node:buffer";
import type { Writable } from "node:stream";
import type { Header } from "tar-stream";
import { RegistryError } from "../registry_error.ts";
import { messageOf } from "../thrown.ts";
import type { ByteSpan } from "../values/byte_range.ts";
import { feed } from "./feed.ts";
import { corrupt, noImages, normalizeMemberName } from "./members.ts";

/** What stands under a name in a tar: where a file's bytes are, or what a link leads to. */
export type TarMember =
  | { readonly kind: "file"; readonly offset: number; readonly size: number }
  | { readonly kind: "link"; readonly target: string | undefined }
  | { readonly kind: "other"; readonly type: string };

/** Bytes that can be read from anywhere, such as a file's. */
export interface ByteSource {
  readonly size: number;
  read(span: ByteSpan): AsyncIterable<Uint8Array>;
}

/** More than any image has; an index of so many is some tens of megabytes. */
const mostMembers = 100_000;
const longestName = 4096;

const blockBytes = 512;
/** Where a header has the sum of its bytes, these counted as spaces. */
const checksum = { first: 148, end: 156 };

/** Longer files are leapt over: reading begins anew behind them. */
const longestReadThrough = 1024 * 1024;

/**
 * Finds where the members of a tar are, without reading the long ones. MANIFEST_UNKNOWN for what is empty or no tar at all, CORRUPT for
 * one that is cut off or damaged, has a name twice, or names that lead out of it: whoever unpacked it would write elsewhere. Links are
 * not followed here.
 */
export async function readTarIndex(source: ByteSource, place: string): Promise<ReadonlyMap<string, TarMember>> {
  await assertTar(source, place);
  const index = new Map<string, TarMember>();
  let first: number | undefined = 0;
  while (first !== undefined && first < source.size) first = await readFrom(source, first, place, index);
  return index;
}

/** A tar begins with a header, whose bytes add up to what it says. */
async function assertTar({ size, read }: ByteSource, place: string): Promise<void> {
  if (size === 0) throw noImages(place, "nothing");
  const pieces: Uint8Array[] = [];
  for await (const piece of read({ first: 0, last: Math.min(size, blockBytes) - 1 })) pieces.push(piece);
  const block = Buffer.concat(pieces);
  if (block.byteLength < blockBytes) throw noImages(place, "no tar");
  const said = Number.parseInt(block.toString("latin1", checksum.first, checksum.end), 8);
  const sum = block.fill(" ", checksum.first, checksum.end).reduce((total, byte) => total + byte, 0);
  const isEmpty = sum === (checksum.end - checksum.first) * " ".charCodeAt(0);
  if (said !== sum && !isEmpty) throw noImages(place, "no tar");
}

/** Reads on from `first`; gives where to go on when there is something to leap over. */
async function readFrom(
  { size, read }: ByteSource,
  first: number,
  place: string,
  index: Map<string, TarMember>,
): Promise<number | undefined> {
  const { extract } = await import("tar-stream");
  const extraction = extract();
  // Its own types tell of less than it has.
  const feeding = feed(read({ first, last: size - 1 }), extraction as unknown as Writable);
  try {
    for await (const entry of extraction) {
      const header = entry.header as unknown as TarHeader;
      const offset = first + header.byteOffset;
      addMember(index, header, { offset, end: size }, place);
      // What a folder claims to hold is not there.
      const bytes = header.type === "directory" ? 0 : (header.size ?? 0);
      if (bytes > longestReadThrough) return offset + Math.ceil(bytes / blockBytes) * blockBytes;
      entry.resume();
    }
    return undefined;
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    throw corrupt(place, `it is no whole tar (${messageOf(error)})`, error);
  } finally {
    await feeding;
  }
}

/** What the types of tar-stream leave out. */
interface TarHeader extends Header {
  /** Where the bytes begin, counted from where reading did. */
  readonly byteOffset: number;
  readonly pax: Readonly<Record<string, string>> | null;
}

function addMember(
  index: Map<string, TarMember>,
  header: TarHeader,
  { offset, end }: { offset: number; end: number },
  place: string,
): void {
  const { name, type, size = 0, linkname } = header;
  const shown = JSON.stringify(name.slice(0, 200));
  if (name.length > longestName) throw corrupt(place, `it has a name of ${name.length} characters`);
  const normal = normalizeMemberName(name);
  if (normal === undefined) throw corrupt(place, `member ${shown} leads out of it`);
  if (type === "directory") return;
  if (!Number.isSafeInteger(size) || offset + size > end) {
    throw corrupt(place, `member ${shown} has ${size} bytes and begins at ${offset}, but there are ${end} in all`);
  }
  if (index.has(normal)) throw corrupt(place, `member ${shown} is there twice`);
  if (index.size === mostMembers) throw corrupt(place, `it has more than ${mostMembers} members`);
  index.set(normal, toMember(header, normal, offset, linkname ?? ""));
}

function toMember({ type, size = 0, pax }: TarHeader, name: string, offset: number, target: string): TarMember {
  const isSparse = Object.keys(pax ?? {}).some((key) => key.startsWith("GNU.sparse."));
  if (isSparse) return { kind: "other", type: "sparse file" };
  if (type === "file" || type === "contiguous-file") return { kind: "file", offset, size };
  // A symbolic link begins at its own folder, a hard link at the top.
  if (type === "symlink") {
    const folder = name.slice(0, name.lastIndexOf("/") + 1);
    return { kind: "link", target: target.startsWith("/") ? undefined : normalizeMemberName(folder + target) };
  }
  if (type === "link") return { kind: "link", target: normalizeMemberName(target) };
  return { kind: "other", type: type ?? "file of unknown type" };
}
