import type { Goal, Line, Row } from "./row.ts";
import { comparePairs, type Summary, summarize } from "./statistics.ts";
import { formatTable } from "./table.ts";

/** A row with what came of it. */
export interface Measured {
  readonly row: Row;
  readonly lines: readonly Line[];
}

const header = ["", "ours", "peer", "ratio", "difference", "goal", "", "pairs"];

/** The table of a run: medians, and in parentheses the limits of the middle half; ratio and difference pair by pair. */
export function formatResults(measured: readonly Measured[]): string {
  return formatTable([
    header,
    ...measured.flatMap(({ row, lines }) => [`${row.name}: ${row.title}`, ...lines.map(toCells)]),
  ]);
}

function toCells(line: Line): string[] {
  const { name, unit, ours, peer, goal } = line;
  const own = summarize(ours);
  const other = peer.length === 0 ? undefined : summarize(peer);
  const comparison = comparePairs(ours, peer);
  return [
    `  ${name}`,
    formatSummary(own, unit),
    other === undefined ? "" : formatSummary(other, unit),
    comparison === undefined ? "" : `${comparison.ratio.toFixed(2)}×`,
    comparison === undefined
      ? ""
      : `${comparison.difference > 0 ? "+" : ""}${comparison.difference.toFixed(1)} ${unit}`,
    goal === undefined ? "" : formatGoal(goal, unit),
    goal === undefined ? "" : judge(goal, own.median, comparison),
    String(ours.length),
  ];
}

function formatSummary({ lower, median, upper }: Summary, unit: Line["unit"]): string {
  return `${median.toFixed(1)} ${unit} (${lower.toFixed(1)}–${upper.toFixed(1)})`;
}

function formatGoal(goal: Goal, unit: Line["unit"]): string {
  switch (goal.kind) {
    case "ratio":
      return `≤ ${goal.atMost}×`;
    case "difference":
      return `≤ +${goal.atMost} ${unit}`;
    case "ours":
      return `≤ ${goal.atMost} ${unit}`;
    case "gain":
      return `≥ ${goal.atLeast}×`;
  }
}

function judge(goal: Goal, own: number, comparison: ReturnType<typeof comparePairs>): string {
  return isMet(goal, own, comparison) ? "met" : "missed";
}

function isMet(goal: Goal, own: number, comparison: ReturnType<typeof comparePairs>): boolean {
  if (goal.kind === "ours") return own <= goal.atMost;
  if (comparison === undefined) {
    throw new RangeError(`Cannot judge a goal of ${goal.kind}: the samples are no pairs`);
  }
  return goal.kind === "gain" ? comparison.ratio >= goal.atLeast : comparison[goal.kind] <= goal.atMost;
}
