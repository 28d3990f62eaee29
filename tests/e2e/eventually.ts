import { sleep, systemClock } from "../../src/runtime/clock.ts";

/** How long a state may take to come: far more than it needs, so that nothing here measures time. */
const patienceMs = 40_000;

const pauseMs = 20;

/** Looks until there is something else than `undefined` or `false` to see, and gives it. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = systemClock.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (systemClock.now() > end) throw new Error(`Cannot go on: ${what} did not come in ${patienceMs / 1000} s`);
    await sleep(systemClock, pauseMs);
  }
}
