import type { Writable } from "node:stream";

/**
 * Writes all of `body` into a stream and ends it; a body that fails destroys it with the error, and a stream that is destroyed ends
 * the reading. Resolves when nothing of `body` is held open any more.
 */
export async function feed(body: AsyncIterable<Uint8Array>, stream: Writable): Promise<void> {
  // Whoever reads what comes out is told.
  stream.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => stream.once("close", resolve));
  try {
    for await (const bytes of body) {
      if (stream.destroyed) return;
      if (!stream.write(bytes)) await Promise.race([closed, nextDrain(stream)]);
    }
    stream.end();
  } catch (error) {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

function nextDrain(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.once("drain", resolve));
}
