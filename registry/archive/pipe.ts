import { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { waitFor } from "../call.ts";

/** What a pipe holds on Linux. */
const pieceBytes = 65_536;

/**
 * Bytes of a named pipe or a device, which have no size. Opening and reading one may wait for ever for who writes: by the signal
 * they are no longer waited for, and woken.
 */
export async function* readPipe(path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const opening = open(path, "r");
  try {
    const handle = await waitFor(opening, signal);
    for (;;) {
      const buffer = Buffer.allocUnsafe(pieceBytes);
      const { bytesRead } = await waitFor(handle.read(buffer, 0, pieceBytes, null), signal);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    // Closing waits for a read that is under way.
    const closing = opening.then((handle) => handle.close());
    if (!signal?.aborted) await closing;
    else {
      closing.catch(() => undefined);
      await wake(path);
    }
  }
}

/** A read that waits keeps a process from ending, and only a byte ends it. Nobody is left who would read that. */
async function wake(path: string): Promise<void> {
  try {
    if (!(await stat(path)).isFIFO()) return;
    await using handle = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    await handle.write(new Uint8Array(1));
  } catch {
    // Nothing waits any more, or the pipe is full of what can be read.
  }
}
