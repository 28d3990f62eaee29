import assert from "node:assert/strict";
import { test } from "node:test";
import type { Goal, Line } from "./row.ts";
import { formatResults } from "./verdict.ts";

const row = { name: "launch", title: "what it is", measure: async () => [] };

function verdictOf(goal: Goal, ours: number, peer: number): string | undefined {
  const line: Line = { name: "wall", unit: "ms", ours: [ours], peer: [peer], goal };
  return /met|missed/.exec(formatResults([{ row, lines: [line] }]))?.[0];
}

test("formatResults() prints a heading, and under it a line for each quantity", () => {
  const lines: Line[] = [
    { name: "wall", unit: "ms", ours: [12, 12, 12], peer: [10, 10, 10], goal: { kind: "ratio", atMost: 1.15 } },
    { name: "only ours", unit: "MB", ours: [3], peer: [] },
  ];
  assert.deepEqual(formatResults([{ row, lines }]).split("\n"), [
    "                             ours                  peer   ratio   difference      goal            pairs",
    "",
    "launch: what it is",
    "  wall        12.0 ms (12.0–12.0)   10.0 ms (10.0–10.0)   1.20×      +2.0 ms   ≤ 1.15×   missed       3",
    "  only ours      3.0 MB (3.0–3.0)                                                                     1",
  ]);
});

test("formatResults() judges each kind of goal by what it is about", () => {
  assert.equal(verdictOf({ kind: "ratio", atMost: 1.5 }, 15, 10), "met");
  assert.equal(verdictOf({ kind: "ratio", atMost: 1.5 }, 16, 10), "missed");
  assert.equal(verdictOf({ kind: "difference", atMost: 5 }, 15, 10), "met");
  assert.equal(verdictOf({ kind: "difference", atMost: 5 }, 16, 10), "missed");
  assert.equal(verdictOf({ kind: "ours", atMost: 15 }, 15, 10), "met");
  assert.equal(verdictOf({ kind: "ours", atMost: 15 }, 16, 10), "missed");
  assert.equal(verdictOf({ kind: "gain", atLeast: 1.5 }, 15, 10), "met");
  assert.equal(verdictOf({ kind: "gain", atLeast: 1.5 }, 14, 10), "missed");
});

test("formatResults() refuses to judge a ratio of what was not measured in pairs", () => {
  const line: Line = { name: "wall", unit: "ms", ours: [1], peer: [], goal: { kind: "ratio", atMost: 1 } };
  assert.throws(() => formatResults([{ row, lines: [line] }]), RangeError);
});
