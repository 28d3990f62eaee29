import { messageOf } from "../../notation/thrown.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";

/** What watching a disk takes. */
export interface DiskWatchOptions {
  quotaBytes: number;
  /** Pause between two looks. */
  intervalMs: number;
  /** Bytes of the container's own files; undefined when the daemon cannot tell now. */
  measureContainer: () => Promise<number | undefined>;
  /** Bytes of the task's part of the sandbox. */
  measureSandbox: () => Promise<number>;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

/** Looks from time to time, and gives what is used once it is more than the quota. Rejects with the signal's reason. */
export async function watchDisk(options: DiskWatchOptions): Promise<number> {
  const { quotaBytes, intervalMs, clock, signal, log } = options;
  for (;;) {
    await sleep(clock, intervalMs, { signal });
    try {
      const [container = 0, sandbox] = await Promise.all([options.measureContainer(), options.measureSandbox()]);
      if (container + sandbox > quotaBytes) return container + sandbox;
    } catch (error) {
      signal.throwIfAborted();
      log.warn("cannot tell how much disk the task uses", {
        error: messageOf(error),
      });
    }
  }
}
