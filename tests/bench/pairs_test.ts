import assert from "node:assert/strict";
import { test } from "node:test";
import { measurePairs } from "./pairs.ts";

const never = new AbortController().signal;

test("measurePairs() takes turns, and changes who goes first", async () => {
  const order: string[] = [];
  const take = (side: string) => async (index: number) => order.push(`${side}${index}`);
  await measurePairs({ pairs: 3, warmUp: 0, ours: take("o"), peer: take("p"), signal: never });
  assert.deepEqual(order, ["o0", "p0", "p1", "o1", "o2", "p2"]);
});

test("measurePairs() leaves out the warm-up", async () => {
  const take = async (index: number) => index;
  const { ours, peer } = await measurePairs({ pairs: 2, warmUp: 3, ours: take, peer: take, signal: never });
  assert.deepEqual(
    [ours, peer],
    [
      [3, 4],
      [3, 4],
    ],
  );
});

test("measurePairs() begins nothing more when it is aborted", async () => {
  const abort = new AbortController();
  const ours = async () => abort.abort(new Error("enough"));
  const peer = async () => assert.fail("the peer was measured");
  await assert.rejects(measurePairs({ pairs: 1, warmUp: 0, ours, peer, signal: abort.signal }), /enough/);
});
