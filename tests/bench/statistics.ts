/** The middle of the samples, and the limits of their middle half. */
export interface Summary {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

/** Sums samples up; throws RangeError when there are none. */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError("Cannot summarize samples: there are none");
  const sorted = samples.toSorted((one, other) => one - other);
  return { lower: quantile(sorted, 0.25), median: quantile(sorted, 0.5), upper: quantile(sorted, 0.75) };
}

/** Pair by pair, so that what slowed down both samples of a pair is not seen; undefined when they are no pairs. */
export function comparePairs(
  ours: readonly number[],
  peer: readonly number[],
): { readonly ratio: number; readonly difference: number } | undefined {
  if (ours.length === 0 || ours.length !== peer.length) return undefined;
  const pairs = ours.map((own, index) => ({ own, other: peer[index] ?? Number.NaN }));
  return {
    ratio: summarize(pairs.map(({ own, other }) => own / other)).median,
    difference: summarize(pairs.map(({ own, other }) => own - other)).median,
  };
}

/** Between two samples, in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
