// The one plain line that every test command ends with: `N passed, N failed`, with `, N skipped` when any were.

/** Writes the line. */
export function formatCounts({ passed, failed, skipped = 0 }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** The counts in the last line of an output; undefined when that is no such line. */
export function lastCounts(output) {
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  const found = /^([0-9]+) passed, ([0-9]+) failed(?:, ([0-9]+) skipped)?$/.exec(line.trimEnd());
  if (found === null) return undefined;
  return { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3] ?? 0) };
}

/** Adds counts up. */
export function addCounts(...all) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const counts of all) {
    for (const key of Object.keys(total)) total[key] += counts[key] ?? 0;
  }
  return total;
}
