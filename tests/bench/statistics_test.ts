import assert from "node:assert/strict";
import { test } from "node:test";
import { comparePairs, summarize } from "./statistics.ts";

test("summarize() gives the middle sample and the limits of the middle half, in whatever order they come", () => {
  assert.deepEqual(summarize([9, 1, 5, 3, 7]), { lower: 3, median: 5, upper: 7 });
});

test("summarize() gives what lies between two samples when there is no middle one", () => {
  assert.deepEqual(summarize([1, 2, 3, 4]), { lower: 1.75, median: 2.5, upper: 3.25 });
});

test("summarize() leaves the samples as they are", () => {
  const samples = [3, 1, 2];
  summarize(samples);
  assert.deepEqual(samples, [3, 1, 2]);
});

test("summarize() refuses no samples", () => {
  assert.throws(() => summarize([]), RangeError);
});

test("comparePairs() compares sample with sample, not median with median", () => {
  // The machine was ten times slower during the second pair, and hit both.
  assert.deepEqual(comparePairs([12, 120, 13], [10, 100, 10]), { ratio: 1.2, difference: 3 });
});

test("comparePairs() gives nothing when a side has samples of its own", () => {
  assert.equal(comparePairs([1, 2], [1]), undefined);
  assert.equal(comparePairs([], []), undefined);
});
