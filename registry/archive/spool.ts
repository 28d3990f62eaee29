import { randomUUID } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CallOptions } from "../registry.ts";

/** Temporary files, for what has to be read twice or measured before it is sent. Disposing removes them all. */
export interface Spool extends AsyncDisposable {
  /** Writes a file; gives its path and size. Nothing is left when `body` fails. */
  keep(body: AsyncIterable<Uint8Array>): Promise<SpooledFile>;
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
    keep: async (body) => {
      folder ??= mkdtemp(join(parent, mark));
      const path = join(await folder, randomUUID());
      try {
        const size = await writeWhole(path, body, options);
        return { path, size, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (folder !== undefined) await rm(await folder, { recursive: true, force: true });
    },
  };
}

/** Writes all of `body` to a file that must not be there; gives its size. */
export async function writeWhole(
  path: string,
  body: AsyncIterable<Uint8Array>,
  { signal }: CallOptions = {},
): Promise<number> {
  await using handle = await open(path, "wx", 0o600);
  let size = 0;
  for await (const bytes of body) {
    signal?.throwIfAborted();
    for (let at = 0; at < bytes.byteLength; ) {
      const { bytesWritten } = await handle.write(bytes, at, bytes.byteLength - at);
      if (bytesWritten === 0) throw new Error(`Cannot write "${path}": nothing was taken, is the disk full?`);
      at += bytesWritten;
    }
    size += bytes.byteLength;
  }
  return size;
}
