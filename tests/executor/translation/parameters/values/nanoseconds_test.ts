import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNanoseconds } from "../../../../../src/executor/translation/parameters/values/nanoseconds.ts";

const durations: readonly (readonly [text: string, nanoseconds: number])[] = [
  ["0", 0],
  ["0s", 0],
  ["1ns", 1],
  ["1.5us", 1500],
  ["2µs", 2000],
  ["500ms", 500e6],
  ["1m30s", 90e9],
  ["1.5h", 5400e9],
  [".5s", 500e6],
];

for (const [text, nanoseconds] of durations) {
  test(`parseNanoseconds() reads ${text} as ${nanoseconds}`, () => {
    assert.equal(parseNanoseconds(text), nanoseconds);
  });
}

for (const text of ["", "1", "s", "1d", "-1s", "1s ", "1s,2s", "9000000h"]) {
  test(`parseNanoseconds() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseNanoseconds(text), {
      name: "ParameterFault",
      message: /expected a duration such as 1m30s$/,
    });
  });
}
