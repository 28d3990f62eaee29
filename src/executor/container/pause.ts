import { type Clock, sleep } from "../../runtime/clock.ts";

/** Acts when a pause is over, and not at all when the signal is aborted before: there is nothing to be done any more then. */
export async function afterPause(
  pauseMs: number,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  act: () => void | Promise<void>,
): Promise<void> {
  try {
    if (pauseMs > 0) await sleep(clock, pauseMs, { signal });
  } catch {
    return;
  }
  await act();
}
