import assert from "node:assert/strict";
import { test } from "node:test";
import { free, giveAway, letGo, takeOver } from "../../registry/loose_memory.ts";

test("memory that was given away is freed when all pieces of it were let go", () => {
  const whole = new Uint8Array(10);
  const [first, second] = [whole.subarray(0, 4), whole.subarray(4)];
  for (const piece of [first, second]) giveAway(piece);
  letGo(second);
  assert.equal(first.byteLength, 4);
  letGo(first);
  assert.deepEqual([whole.byteLength, whole.buffer.byteLength], [0, 0]);
});

test("memory stays of which a part was never let go, which nobody gave away, or which somebody took over", () => {
  const [part, kept, taken] = [new Uint8Array(10), new Uint8Array(10), new Uint8Array(10)];
  giveAway(part);
  letGo(part.subarray(1));
  letGo(kept);
  giveAway(taken);
  assert.ok(takeOver(taken.buffer));
  assert.ok(!takeOver(taken.buffer), "once");
  letGo(taken);
  assert.deepEqual(
    [part, kept, taken].map(({ byteLength }) => byteLength),
    [10, 10, 10],
  );
  free(taken.buffer);
  assert.equal(taken.byteLength, 0);
});

test("shared memory is nobody's to free", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(10));
  giveAway(shared);
  letGo(shared);
  assert.equal(shared.byteLength, 10);
});
