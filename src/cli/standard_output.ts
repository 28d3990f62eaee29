import { writeFully } from "../runtime/descriptor_writer.ts";

/** Writes an archive to standard output, which may be a pipe whose reader takes its time. */
export async function writeArchive(archive: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const bytes of archive) await writeFully(1, bytes);
}
