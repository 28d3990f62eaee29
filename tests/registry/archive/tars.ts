import { Buffer } from "node:buffer";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Header, pack } from "tar-stream";
import type { ByteSource } from "../../../registry/archive/tar_index.ts";
import { collect, pieces } from "../conformance/specimens.ts";

/** A member of a tar: a text or bytes make a file. */
export type TestMember = [name: string, content: string | Uint8Array, header?: Partial<Header>];

/** A tar of these members, in their order. */
export async function tarOf(members: readonly TestMember[]): Promise<Buffer> {
  const tar = pack();
  for (const [name, content, header = {}] of members) {
    tar.entry({ name, mtime: new Date(0), ...header }, Buffer.from(content as string));
  }
  tar.finalize();
  return await collect(tar as AsyncIterable<Uint8Array>);
}

/** A folder for the files of a test, removed at the end. */
export async function archiveFolder(): Promise<
  AsyncDisposable & { readonly path: string; write(name: string, bytes: Uint8Array): Promise<string> }
> {
  const path = await mkdtemp(join(tmpdir(), "archive-test-"));
  const write = async (name: string, bytes: Uint8Array) => {
    await writeFile(join(path, name), bytes);
    return join(path, name);
  };
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Bytes in memory as an archive that can be read from anywhere. */
export function bytesAt(bytes: Uint8Array): ByteSource {
  return { size: bytes.byteLength, read: ({ first, last }) => pieces(bytes.subarray(first, last + 1), 65_536) };
}
