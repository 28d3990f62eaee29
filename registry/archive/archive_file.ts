import type { Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { removeAbandoned } from "../layout/abandoned_files.ts";
import { readFileStream } from "../layout/file_stream.ts";
import { largestUnpackedBytes, packingOf, peek, unpacked } from "../packing.ts";
import type { CallOptions } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import { messageOf } from "../thrown.ts";
import { writeFile } from "./folder_sink.ts";
import type { Members } from "./members.ts";
import { readPipe } from "./pipe.ts";
import type { Spool } from "./spool.ts";
import type { ByteSource } from "./tar_index.ts";
import { openTarMembers } from "./tar_members.ts";
import type { ArchiveConsumer } from "./tar_sink.ts";

/** Largest archive that is unpacked: several images of the largest layers. */
const largestArchiveBytes = 8 * largestUnpackedBytes;

/**
 * Opens an archive that is a file, or comes as a stream. Plain files are read where they are; streams, and what is packed with
 * gzip or zstd, go through a temporary file first, because the table of contents may be at the end. CORRUPT when it is no tar.
 * The signal ends reading for as long as the archive is read.
 */
export async function openArchive(
  source: string | AsyncIterable<Uint8Array>,
  { place, spool, signal }: CallOptions & { place: string; spool: Spool },
): Promise<Members> {
  const found = typeof source === "string" ? await statArchive(source) : undefined;
  if (found?.isDirectory()) {
    throw new RegistryError("MANIFEST_UNKNOWN", `Cannot read "${place}": found a folder, expected an archive`);
  }
  const isFile = found?.isFile() === true;
  if (typeof source === "string" && isFile && (await isUnpacked(source)))
    return await openTarMembers(await openBytes(source, signal), place);
  using begun = await peek(heeding(openBody(source, isFile ? "file" : "stream", signal), signal));
  const what = `archive "${place}"`;
  const content = unpacked(begun.body, begun.packing, { what, maximumBytes: largestArchiveBytes });
  // Nobody packs what grows by it.
  const { path } = await spool.keep(content, found?.isFile() ? { leastBytes: found.size } : {});
  return await openTarMembers(await openBytes(path, signal), place);
}

function openBody(
  source: string | AsyncIterable<Uint8Array>,
  kind: "file" | "stream",
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  if (typeof source !== "string") return source;
  return kind === "file" ? readFileStream(source) : readPipe(source, signal);
}

async function openBytes(path: string, signal: AbortSignal | undefined): Promise<ByteSource> {
  const { size } = await stat(path);
  return { size, read: (span) => heeding(readFileStream(path, { span }), signal) };
}

/** Bytes until somebody no longer wants them: an archive may be made so that it takes hours to read. */
async function* heeding(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  for await (const bytes of body) {
    signal?.throwIfAborted();
    yield bytes;
  }
}

async function isUnpacked(path: string): Promise<boolean> {
  for await (const first of readFileStream(path, { span: { first: 0, last: 3 } })) return packingOf(first) === "tar";
  return true;
}

async function statArchive(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    const found = messageOf(error);
    throw new RegistryError("MANIFEST_UNKNOWN", `Cannot read "${path}": ${found}`, { cause: error });
  }
}

/**
 * Writes an archive to a file, which is replaced when the archive is whole; devices and pipes are written to as they are. What writers
 * that were killed have left beside it is removed before: it may be as large as the archive.
 */
export function toArchiveFile(path: string): ArchiveConsumer {
  return async (archive) => {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || found.isFile()) {
      // A folder may take files and not be read: what stays there keeps nobody from writing.
      await removeAbandoned(dirname(path)).catch(() => undefined);
      return await writeFile(path, archive);
    }
    if (found.isDirectory()) {
      throw new RegistryError("DENIED", `Cannot write "${path}": found a folder, expected a place for an archive`);
    }
    await using handle = await open(path, "w");
    for await (const bytes of archive) await handle.writeFile(bytes);
  };
}
