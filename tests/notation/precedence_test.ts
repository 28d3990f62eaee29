import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../src/notation/precedence.ts";

test("settle() takes of each setting what the first says who says something of it, also that it is nothing", () => {
  const usual: { a: number; b: number; c: number; d?: number | false } = { a: 1, b: 1, c: 1 };
  assert.deepEqual(settle(usual, { a: 3, b: undefined, d: false }, { a: 2, b: 2, d: 2 }), {
    a: 3,
    b: 2,
    c: 1,
    d: false,
  });
  assert.deepEqual(usual, { a: 1, b: 1, c: 1 });
});
