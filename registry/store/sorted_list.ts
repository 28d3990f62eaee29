/** The part of a sorted list that comes after `after`, which need not be in it. */
export function afterIn(sorted: readonly string[], after: string | undefined): readonly string[] {
  if (after === undefined) return sorted;
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") <= after) low = middle + 1;
    else high = middle;
  }
  return sorted.slice(low);
}
