const nanosecondsPerMs = 1e6;

/** A pause that is shorter would be none: something would be done over and over. */
export const shortestPauseMs = 100;

/**
 * Nanoseconds per unit of Mesos' duration texts (stout's Duration; contract A.2), largest first. Counted in
 * nanoseconds because "is it a whole number of this unit?" needs whole numbers: 1955 × 0.001 is none.
 */
const unitsNs = new Map([
  ["weeks", 604_800e9],
  ["days", 86_400e9],
  ["hrs", 3600e9],
  ["mins", 60e9],
  ["secs", 1e9],
  ["ms", 1e6],
  ["us", 1000],
  ["ns", 1],
]);

/** The longest one, in whole weeks. */
export const longestDuration = "15250weeks";

/** Mesos counts in 64 bits. */
const mostNs = 2 ** 63;

const pattern = /^(-?\d+(?:\.\d+)?)(ns|us|ms|secs|mins|hrs|days|weeks)$/;

/**
 * Reads a duration as Mesos writes it: one decimal number and its unit, without a space.
 *
 * @example parseDuration("1.5mins") // 90_000
 * @returns milliseconds, fractions kept
 * @throws SyntaxError when the text is anything else, or longer than {@link longestDuration}
 */
export function parseDuration(text: string): number {
  const [, number, unit] = pattern.exec(text) ?? [];
  const unitNs = unitsNs.get(unit ?? "");
  if (number === undefined || unitNs === undefined) {
    throw new SyntaxError(
      `Cannot parse duration "${text}": expected a number directly followed by one of ${[...unitsNs.keys()].reverse().join(", ")}`,
    );
  }
  const nanoseconds = Number(number) * unitNs;
  if (Math.abs(nanoseconds) >= mostNs) {
    throw new SyntaxError(`Cannot parse duration "${text}": expected no more than ${longestDuration}, as Mesos has it`);
  }
  return nanoseconds / nanosecondsPerMs;
}

/**
 * Writes milliseconds as Mesos does: the largest unit that reaches one, or the next smaller one when only that gives a
 * whole number (90 s are "90secs", 5 min are "5mins").
 */
export function formatDuration(durationMs: number): string {
  const nanoseconds = Math.round(durationMs * nanosecondsPerMs);
  const units = [...unitsNs];
  const size = Math.abs(nanoseconds);
  const index = size === 0 ? units.length - 1 : units.findIndex(([, unitNs]) => size >= unitNs);
  const [unit, unitNs] = units[index] ?? ["ns", 1];
  const smaller = units[index + 1];
  if (smaller && nanoseconds % unitNs !== 0 && nanoseconds % smaller[1] === 0) {
    return `${nanoseconds / smaller[1]}${smaller[0]}`;
  }
  return `${Number((nanoseconds / unitNs).toPrecision(15))}${unit}`;
}
