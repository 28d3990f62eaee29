import assert from "node:assert/strict";
import { test } from "node:test";
import { messageOf } from "../../registry/thrown.ts";

const cases: readonly (readonly [name: string, thrown: unknown, message: string])[] = [
  ["an error", new Error("a"), "a"],
  ["an error without a text", new RangeError(), "RangeError"],
  ["an error of each address", new AggregateError([new Error("a"), "b"]), "a; b"],
  ["an error of several that has a text", new AggregateError([new Error("a")], "all"), "all"],
  ["what is no error", { toString: () => "x" }, "x"],
];
for (const [name, thrown, message] of cases) {
  test(`messageOf() tells of ${name}`, () => assert.equal(messageOf(thrown), message));
}
