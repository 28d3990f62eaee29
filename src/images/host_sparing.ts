import type { Allowance, SparingOptions } from "../../registry/mod.ts";
import { sleep, systemClock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";

/** How the quota of a registry is spared for others; the log tells when somebody waits for it. The reserve may change. */
export function toSparing(
  host: string,
  { allowance, reserve, log }: { allowance: Allowance; reserve: () => number; log: Log },
): SparingOptions {
  return {
    allowance,
    get reserve() {
      return reserve();
    },
    clock: { now: systemClock.now, sleep: sleep.bind(undefined, systemClock) },
    onPause: ({ repository, target, remaining }) => {
      const found = `${remaining} manifests are left to us, of which ${reserve()} are kept for others`;
      log.warn(`Waiting with "${host}/${repository}", "${target}": ${found}`);
    },
  };
}
