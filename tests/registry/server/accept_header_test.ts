import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAccept } from "../../../registry/server/accept_header.ts";

const headers: readonly (readonly [string | undefined, readonly string[] | undefined])[] = [
  [undefined, undefined],
  ["", undefined],
  [" , ", undefined],
  ["*/*", undefined],
  ["a/b, */*;q=0.1", undefined],
  ["application/*", undefined],
  ["a/b", ["a/b"]],
  ["A/B;q=0.5 ,c/d", ["a/b", "c/d"]],
  ["a/b;q=0, c/d;q=0.000, e/f;q=0.001", ["e/f"]],
  ["a/b, */*;q=0", ["a/b"]],
];
for (const [header, expected] of headers) {
  test(`parseAccept(${JSON.stringify(header)}) leaves out what it does not name`, () => {
    assert.deepEqual(parseAccept(header), expected);
  });
}
