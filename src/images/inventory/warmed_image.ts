import { toFullName } from "../image_name.ts";
import type { WarmRecord } from "../state/records.ts";

/** An image that was fetched ahead of need, once for all sets that want it. */
export interface WarmedImage extends Omit<WarmRecord, "set"> {
  /** Files of the sets that name it; none for what was named on a command line alone. */
  readonly sets: readonly string[];
}

/** Joins the records that sets have of one image, by its name: the last one warmed tells which it is, and the longest protection holds. */
export function joinWarmed(records: readonly WarmRecord[]): WarmedImage[] {
  const named = Map.groupBy(records, ({ reference }) => toFullName(reference));
  return [...named.values()].map((same) => {
    const [last] = same.toSorted((one, other) => other.warmedAtMs - one.warmedAtMs);
    const { reference = "", imageId = "", warmedAtMs = 0 } = last ?? {};
    const untilMs = Math.max(...same.map(({ protectedUntilMs = Number.POSITIVE_INFINITY }) => protectedUntilMs));
    return {
      ...{ reference, imageId, warmedAtMs },
      ...(Number.isFinite(untilMs) ? { protectedUntilMs: untilMs } : {}),
      sets: [...new Set(same.flatMap(({ set }) => set ?? []))].sort(),
    };
  });
}
