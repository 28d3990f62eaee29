import { type FileHandle, open } from "node:fs/promises";
import { type Clock, sleep } from "./clock.ts";

const pollIntervalMs = 50;
const chunkBytes = 64 * 1024;

/**
 * Bytes of a file as it grows, from its beginning; a file that is not there yet is waited for. After `ended` is
 * aborted it gives what is left and stops.
 */
export async function* followFile(
  path: string,
  options: { clock: Clock; ended: AbortSignal },
): AsyncGenerator<Uint8Array, void, undefined> {
  let file: FileHandle | undefined;
  try {
    for (;;) {
      const isLast = options.ended.aborted;
      file ??= await openIfThere(path);
      if (file) yield* readOn(file);
      if (isLast) return;
      await sleep(options.clock, pollIntervalMs, { signal: options.ended }).catch(() => undefined);
    }
  } finally {
    await file?.close();
  }
}

async function* readOn(file: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(chunkBytes), 0, chunkBytes, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
