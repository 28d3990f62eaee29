import { write } from "node:fs";
import { type Clock, sleep, systemClock } from "./clock.ts";

/** Pause before a full pipe is tried again. */
const fullPipeWaitMs = 5;

/**
 * Writes all of `bytes` to an open file descriptor, whatever it is: an agent hands its executor a file or the pipe of
 * a log module as stdout. Rejects with the system's error, e.g. ENOSPC; a full non-blocking pipe is waited for.
 */
export async function writeFully(fd: number, bytes: Uint8Array, options: { clock?: Clock } = {}): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += await writeSome(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      await sleep(options.clock ?? systemClock, fullPipeWaitMs);
    }
  }
}

function writeSome(fd: number, bytes: Uint8Array, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, at, bytes.length - at, null, (error, written) => (error ? reject(error) : resolve(written)));
  });
}
