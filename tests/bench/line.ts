import type { Goal, Line } from "./row.ts";

/** Makes lines of what was measured in pairs: `of` picks the quantity. */
export function lineMaker<Sample>(
  ours: readonly Sample[],
  peer: readonly Sample[],
): (name: string, unit: Line["unit"], of: (sample: Sample) => number, goal?: Goal) => Line {
  return (name, unit, of, goal) => ({
    name,
    unit,
    ours: ours.map(of),
    peer: peer.map(of),
    ...(goal === undefined ? {} : { goal }),
  });
}

/** A line of what the peer does not have. */
export function ownLine(name: string, unit: Line["unit"], ours: readonly number[], goal?: Goal): Line {
  return { name, unit, ours, peer: [], ...(goal === undefined ? {} : { goal }) };
}
