import assert from "node:assert/strict";
import { test } from "node:test";
import { parseByteSize } from "../../../../../src/executor/translation/parameters/values/byte_size.ts";

const sizes: readonly (readonly [text: string, bytes: number])[] = [
  ["0", 0],
  ["64", 64],
  ["64b", 64],
  ["1k", 1024],
  ["1KB", 1024],
  ["1KiB", 1024],
  ["256m", 268_435_456],
  ["256 MiB", 268_435_456],
  ["1.5g", 1_610_612_736],
  [".5g", 536_870_912],
  ["1t", 1_099_511_627_776],
  ["1p", 1_125_899_906_842_624],
  ["0.7k", 716],
];

for (const [text, bytes] of sizes) {
  test(`parseByteSize() reads ${text} as ${bytes}`, () => {
    assert.equal(parseByteSize(text), bytes);
  });
}

for (const text of ["", "m", "-1", "1e", "1.2.3m", "1 m b", "1bb", "1ib", "1  m", "0x10", "9000p"]) {
  test(`parseByteSize() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseByteSize(text), { name: "ParameterFault", message: /expected a size such as 256m$/ });
  });
}
