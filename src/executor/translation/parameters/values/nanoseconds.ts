import { unexpected } from "../fault.ts";

const nanosOf = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["µs", 1e3],
  ["μs", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["m", 60e9],
  ["h", 3600e9],
]);

/** Nanoseconds from a duration as Docker writes it: `1m30s`, `1.5h`, `500ms`, `0`. */
export function parseNanoseconds(text: string): number {
  const parts = [...text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join("") === text;
  if (!isWhole && text !== "0") throw unexpected(text, "a duration such as 1m30s");
  const nanos = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (nanosOf.get(unit ?? "") ?? 0), 0);
  if (!Number.isSafeInteger(Math.round(nanos))) throw unexpected(text, "a duration such as 1m30s");
  return Math.round(nanos);
}
