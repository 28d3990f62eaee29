import { randomUUID } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CallOptions } from "../registry.ts";
import { DiskRoom } from "./disk_room.ts";

/** Temporary files, for what has to be read twice or measured before it is sent. Disposing removes them all. */
export interface Spool extends AsyncDisposable {
  /**
   * Writes a file, of at least `leastBytes` where that is known; gives its path and size. Nothing is left when `body` fails, or
   * when the disk would be filled so that others had too little.
   */
  keep(body: AsyncIterable<Uint8Array>, options?: { readonly leastBytes?: number }): Promise<SpooledFile>;
}

/** A temporary file. Disposing removes it before the others. */
export interface SpooledFile extends AsyncDisposable {
  readonly path: string;
  readonly size: number;
}

/** Options of {@link openSpool}. */
export interface SpoolOptions extends CallOptions {
  /** How the folder's name begins: whoever finds one may have to know whose it is. */
  readonly mark?: string;
}

/** Temporary files in a folder of their own below `parent`, which is made for the first; an abort ends what is being written. */
export function openSpool(parent: string, options: SpoolOptions = {}): Spool {
  const { mark = "mesos-docker-" } = options;
  let folder: Promise<string> | undefined;
  return {
    keep: async (body, { leastBytes = 0 } = {}) => {
      folder ??= mkdtemp(join(parent, mark));
      const path = join(await folder, randomUUID());
      const room = new DiskRoom(await folder);
      try {
        const size = await writeWhole(path, within(room, body, leastBytes), options);
        return { path, size, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
    },
    [Symbol.asyncDispose]: async () => {
      // Who could not make it has been told why.
      const made = await folder?.catch(() => undefined);
      if (made !== undefined) await rm(made, { recursive: true, force: true });
    },
  };
}

/** Looked at when the first bytes are here: a body that nobody has begun to read has nothing that would close it. */
async function* within(
  room: DiskRoom,
  body: AsyncIterable<Uint8Array>,
  leastBytes: number,
): AsyncGenerator<Uint8Array> {
  let expected = leastBytes;
  for await (const bytes of body) {
    if (expected > 0) await room.assertRoom(expected);
    expected = 0;
    await room.take(bytes.byteLength);
    yield bytes;
  }
}

/** Writes all of `body` to a file that must not be there; gives its size. `place` is what errors call it. */
export async function writeWhole(
  path: string,
  body: AsyncIterable<Uint8Array>,
  { signal, place = path }: CallOptions & { readonly place?: string } = {},
): Promise<number> {
  const fail = (cause: Error) => Promise.reject(new Error(`Cannot write "${place}": ${cause.message}`, { cause }));
  await using handle = await open(path, "wx", 0o600).catch(fail);
  let size = 0;
  for await (const bytes of body) {
    signal?.throwIfAborted();
    for (let at = 0; at < bytes.byteLength; ) {
      const { bytesWritten } = await handle.write(bytes, at, bytes.byteLength - at).catch(fail);
      if (bytesWritten === 0) throw new Error(`Cannot write "${place}": nothing was taken, is the disk full?`);
      at += bytesWritten;
    }
    size += bytes.byteLength;
  }
  return size;
}
