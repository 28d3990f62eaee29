import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFields } from "../../../../../src/executor/translation/parameters/values/fields.ts";

const lines: readonly (readonly [text: string, fields: readonly string[]])[] = [
  ["", [""]],
  ["a", ["a"]],
  ["a,b", ["a", "b"]],
  ["a,,b", ["a", "", "b"]],
  ["a,", ["a", ""]],
  ['"a,b",c', ["a,b", "c"]],
  ['c,"a ""b"" c"', ["c", 'a "b" c']],
  ['""', [""]],
];

for (const [text, fields] of lines) {
  test(`parseFields() reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseFields(text), fields);
  });
}

for (const text of ['"a', 'a"b"', '"a"b', '"a""']) {
  test(`parseFields() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseFields(text), { name: "ParameterFault" });
  });
}
