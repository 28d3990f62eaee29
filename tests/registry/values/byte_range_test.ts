import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatContentRange,
  formatRangeHeader,
  formatUploadRange,
  parseChunkRange,
  parseContentRange,
  parseRangeHeader,
  parseUploadRange,
  resolveRange,
} from "../../../registry/values/byte_range.ts";

/** A Range header and which bytes of 3000 it means: contract I.3. */
const headers: readonly (readonly [string, readonly [number, number] | "ignored" | "unsatisfiable"])[] = [
  ["bytes=500-1499", [500, 1499]],
  ["bytes=500-", [500, 2999]],
  ["bytes=-500", [2500, 2999]],
  ["bytes=-5000", [0, 2999]],
  ["bytes=2000-5000", [2000, 2999]],
  ["BYTES = 0 - 0 ", [0, 0]],
  ["bytes=500-0", "unsatisfiable"],
  ["bytes=5000-10000", "unsatisfiable"],
  ["bytes=3000-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  [`bytes=${"9".repeat(30)}-`, "unsatisfiable"],
  ["bytes=-", "ignored"],
  ["bytes=0-1,5-6", "ignored"],
  ["lines=0-1", "ignored"],
  ["bytes=a-b", "ignored"],
];
for (const [text, expected] of headers) {
  test(`parseRangeHeader() and resolveRange() take ${text.slice(0, 30)} as ${expected}`, () => {
    const wanted = parseRangeHeader(text);
    if (wanted === undefined) return assert.equal("ignored", expected);
    const span = wanted === "invalid" ? undefined : resolveRange(wanted, 3000);
    assert.deepEqual(span ? [span.first, span.last] : "unsatisfiable", expected);
  });
}

test("formatRangeHeader() writes what parseRangeHeader() reads", () => {
  for (const wanted of [{ first: 3 }, { first: 3, last: 9 }, { suffix: 4 }]) {
    assert.deepEqual(parseRangeHeader(formatRangeHeader(wanted)), wanted);
  }
});

test("resolveRange() finds nothing in empty content", () => {
  assert.equal(resolveRange({ first: 0 }, 0), undefined);
  assert.equal(resolveRange({ suffix: 1 }, 0), undefined);
});

test("parseContentRange() reads what formatContentRange() writes", () => {
  assert.deepEqual(parseContentRange(formatContentRange({ first: 1, last: 2 }, 9)), { first: 1, last: 2, size: 9 });
  assert.deepEqual(parseContentRange("bytes 1-2/*"), { first: 1, last: 2 });
});

for (const text of ["", "1-2/9", "bytes 2-1/9", "bytes 1-9/9", "bytes */9", `bytes 0-${"9".repeat(20)}/*`]) {
  test(`parseContentRange() refuses ${text}`, () => assert.equal(parseContentRange(text), undefined));
}

test("parseChunkRange() takes the registries' form and the standard's", () => {
  assert.deepEqual(parseChunkRange("0-511"), { first: 0, last: 511 });
  assert.deepEqual(parseChunkRange("bytes 512-1023/*"), { first: 512, last: 1023 });
  assert.equal(parseChunkRange("511-0"), undefined);
  assert.equal(parseChunkRange("x"), undefined);
});

test("an upload's Range says what the session holds, and cannot tell none from one", () => {
  assert.equal(formatUploadRange(0), "0-0");
  assert.equal(parseUploadRange(formatUploadRange(1024)), 1024);
  assert.equal(parseUploadRange("bytes=0-9"), 10);
  assert.equal(parseUploadRange("0--1"), 0);
  for (const text of ["0-0", "", undefined, "5-9"]) assert.equal(parseUploadRange(text), undefined);
});
