import { unexpected } from "../fault.ts";

const nanosPerCpu = 1e9;

/** A reader of whole numbers of a range, both ends included. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const expected =
    max === Number.MAX_SAFE_INTEGER ? `a whole number of ${min} or more` : `a whole number from ${min} to ${max}`;
  return (text) => {
    const number = Number(text);
    const isInside = Number.isSafeInteger(number) && number >= min && number <= max;
    if (!/^[+-]?\d+$/.test(text) || !isInside) throw unexpected(text, expected);
    return number;
  };
}

/** Billionths of a cpu from `1.5`; more than nine places would be lost. */
export function parseCpus(text: string): number {
  const nanos = Math.round(Number(text) * nanosPerCpu);
  if (!/^(\d+(\.\d{0,9})?|\.\d{1,9})$/.test(text) || !Number.isSafeInteger(nanos)) {
    throw unexpected(text, "a number of cpus such as 1.5, with at most 9 decimals");
  }
  return nanos;
}
