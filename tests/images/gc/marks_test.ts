import assert from "node:assert/strict";
import { test } from "node:test";
import { readDisk } from "../../../src/images/gc/disk.ts";
import { findNeed, findReached } from "../../../src/images/gc/marks.ts";

const marks = { highPercent: 85, lowPercent: 80 };

function disk(availableBytes: number, freeInodes: number) {
  return { totalBytes: 1000, availableBytes, totalInodes: 100, freeInodes };
}

test("nothing is reached between the marks, and at the high one what is above the low one has to go", () => {
  const between = { disk: disk(160, 16), imageBytes: 5 };
  assert.deepEqual(findReached(between, marks), []);
  const high = { disk: disk(150, 16), imageBytes: 5 };
  assert.deepEqual(findReached(high, marks), ["bytes"]);
  assert.deepEqual(findNeed(high, marks, ["bytes"]), { bytes: 50, inodes: 0 });
  assert.deepEqual(findNeed(between, marks, ["bytes"]), { bytes: 40, inodes: 0 }, "once begun, the low mark counts");
});

test("inodes have the same marks as bytes (J 61)", () => {
  const measured = { disk: disk(500, 10), imageBytes: 5 };
  assert.deepEqual(findReached(measured, marks), ["inodes"]);
  assert.deepEqual(findNeed(measured, marks, ["inodes"]), { bytes: 0, inodes: 10 });
  const btrfs = { disk: { ...disk(500, 0), totalInodes: 0 }, imageBytes: 5 };
  assert.deepEqual(findReached(btrfs, marks), [], "a file system that counts no inodes runs out of none");
});

test("the size of all images has a mark of its own, also without a disk to look at", () => {
  const sized = { ...marks, maxImageBytes: 850 };
  assert.deepEqual(findReached({ imageBytes: 850 }, sized), []);
  assert.deepEqual(findReached({ imageBytes: 851 }, sized), ["size"]);
  assert.deepEqual(findNeed({ imageBytes: 851 }, sized, ["size"]), { bytes: 51, inodes: 0 });
  const both = { disk: disk(100, 50), imageBytes: 900 };
  assert.deepEqual(findReached(both, sized), ["bytes", "size"]);
  assert.deepEqual(findNeed(both, sized, ["bytes", "size"]), { bytes: 100, inodes: 0 });
});

test("readDisk() tells of a real file system", async () => {
  const { totalBytes, availableBytes } = await readDisk("/proc/self/cwd");
  assert.ok(totalBytes > 0 && availableBytes >= 0 && availableBytes <= totalBytes);
});
