/** One thing that was looked at, and all that is wrong with it. */
export interface Check {
  what: string;
  faults: readonly string[];
}

/** What a soak found. */
export interface SoakFigures {
  /** Rows for people, in order. */
  figures: readonly (readonly [name: string, value: string | number])[];
  checks: readonly Check[];
}

/** Faults of one check that are printed; the rest are counted. */
const shownFaults = 20;

/** The figures, what is wrong, and the line that adds the checks up. */
export function formatFigures({ figures, checks }: SoakFigures): string {
  const width = Math.max(...figures.map(([name]) => name.length));
  const rows = figures.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  const verdicts = checks.flatMap(({ what, faults }) => [
    `${faults.length === 0 ? "passed" : "FAILED"}: ${what}`,
    ...faults.slice(0, shownFaults).map((fault) => `  ${fault}`),
    ...(faults.length > shownFaults ? [`  and ${faults.length - shownFaults} more`] : []),
  ]);
  const failed = checks.filter(({ faults }) => faults.length > 0).length;
  return `${[...rows, ...verdicts, `${checks.length - failed} passed, ${failed} failed`].join("\n")}\n`;
}
