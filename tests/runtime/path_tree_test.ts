import assert from "node:assert/strict";
import { test } from "node:test";
import { isWithin } from "../../src/runtime/path_tree.ts";

test("isWithin() compares whole components", () => {
  assert.equal(isWithin("/a/b", "/a"), true);
  assert.equal(isWithin("/a", "/a"), true);
  assert.equal(isWithin("/ab", "/a"), false);
  assert.equal(isWithin("/", "/a"), false);
  assert.equal(isWithin("/a", "/"), true);
});
