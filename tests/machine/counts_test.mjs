import assert from "node:assert/strict";
import { test } from "node:test";
import { addCounts, formatCounts, lastCounts } from "./counts.mjs";

test("formatCounts() names skipped tests only when there are any", () => {
  assert.equal(formatCounts({ passed: 3, failed: 0 }), "3 passed, 0 failed");
  assert.equal(formatCounts({ passed: 3, failed: 1, skipped: 2 }), "3 passed, 1 failed, 2 skipped");
});

test("lastCounts() reads back what formatCounts() writes, from the last line only", () => {
  for (const counts of [
    { passed: 3, failed: 0, skipped: 0 },
    { passed: 0, failed: 12, skipped: 4 },
  ]) {
    assert.deepEqual(lastCounts(`noise\n9 passed, 9 failed\n${formatCounts(counts)}\n`), counts);
  }
  assert.equal(lastCounts("3 passed, 0 failed\nSegmentation fault\n"), undefined);
  assert.equal(lastCounts("x 3 passed, 0 failed"), undefined);
  assert.equal(lastCounts(""), undefined);
});

test("addCounts() adds up and takes a missing number for none", () => {
  assert.deepEqual(addCounts(), { passed: 0, failed: 0, skipped: 0 });
  assert.deepEqual(addCounts({ passed: 1, failed: 2 }, { passed: 3, failed: 4, skipped: 5 }), {
    passed: 4,
    failed: 6,
    skipped: 5,
  });
});
