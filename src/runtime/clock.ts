/** Time as the program sees it; tests put a clock of their own in its place. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `callback` once after `delayMs`, unless the returned timer is cancelled first. */
  schedule(delayMs: number, callback: () => void): Timer;
}

/** A pending call of {@link Clock.schedule}. */
export interface Timer {
  cancel(): void;
}

/** Timers of the platform overflow beyond this delay and would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** The clock of this machine. Delays of any length are kept, `Infinity` never comes. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delayMs, callback) {
    const end = Date.now() + delayMs;
    let handle: ReturnType<typeof setTimeout>;
    const arm = () => {
      const left = end - Date.now();
      handle = left > longestTimerMs ? setTimeout(arm, longestTimerMs) : setTimeout(callback, Math.max(0, left));
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after `delayMs`; rejects with the signal's reason when that is aborted first. */
export function sleep(clock: Clock, delayMs: number, options: { signal?: AbortSignal } = {}): Promise<void> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.schedule(delayMs, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}
