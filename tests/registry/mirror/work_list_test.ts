import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { eachAtOnce } from "../../../registry/mirror/work_list.ts";

for (const atOnce of [1, 2, 3, 1000, Number.MAX_SAFE_INTEGER]) {
  test(`eachAtOnce() does up to ${atOnce} at once, each item once and in their order`, async () => {
    const [begun, items]: [number[], number[]] = [[], [1, 2, 3, 4, 5]];
    let [running, most] = [0, 0];
    await eachAtOnce(items, atOnce, async (item) => {
      begun.push(item);
      most = Math.max(most, ++running);
      await sleep(1);
      running--;
    });
    assert.deepEqual(begun, items);
    assert.equal(most, Math.min(atOnce, items.length));
  });
}

test("eachAtOnce() begins nothing more after a failure, and throws it when what runs has come to its end", async () => {
  const ended: number[] = [];
  const work = async (item: number) => {
    await sleep(item);
    if (item === 1) throw new Error("one");
    ended.push(item);
  };
  await assert.rejects(eachAtOnce([1, 20, 3, 4], 2, work), /^Error: one$/);
  assert.deepEqual(ended, [20]);
});
