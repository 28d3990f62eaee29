import { type Clock, sleep } from "../../runtime/clock.ts";

/** Does something when its time has come, unless the signal is aborted before: then there is nothing to limit any more. */
export async function limitTime(
  afterMs: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  exceeded: () => void,
): Promise<void> {
  try {
    await sleep(clock, afterMs, { signal });
  } catch {
    return;
  }
  exceeded();
}
