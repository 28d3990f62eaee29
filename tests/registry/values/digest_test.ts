import assert from "node:assert/strict";
import { test } from "node:test";
import { isRegistryError } from "../../../registry/registry_error.ts";
import {
  algorithmOf,
  createDigester,
  type DigestAlgorithm,
  digestOf,
  hexOf,
  isDigest,
  parseDigest,
} from "../../../registry/values/digest.ts";

const abc = new TextEncoder().encode("abc");
// FIPS 180-4, examples of one block.
const known: readonly (readonly [DigestAlgorithm, string])[] = [
  ["sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ["sha384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"],
  [
    "sha512",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  ],
];

for (const [algorithm, hex] of known) {
  test(`a ${algorithm} digester agrees with the standard's example, byte by byte and at once`, () => {
    const digester = createDigester(algorithm);
    for (const byte of abc) digester.update(Uint8Array.of(byte));
    assert.equal(digester.digest(), `${algorithm}:${hex}`);
    assert.equal(digester.size, 3);
    assert.equal(digestOf(abc, algorithm), `${algorithm}:${hex}`);
  });
  test(`parseDigest() reads a ${algorithm} digest`, () => {
    const digest = parseDigest(`${algorithm}:${hex}`);
    assert.equal(algorithmOf(digest), algorithm);
    assert.equal(hexOf(digest), hex);
  });
}

test("a digester may be asked in between and goes on", () => {
  const digester = createDigester();
  digester.update(abc.subarray(0, 1));
  assert.equal(digester.digest(), digestOf(abc.subarray(0, 1)));
  digester.update(abc.subarray(1));
  assert.equal(digester.digest(), digestOf(abc));
});

const faults: readonly (readonly [string, RegExp])[] = [
  ["", /no algorithm/],
  ["latest", /no algorithm/],
  [":abc", /no algorithm/],
  ["sha256:totallywrong", /lower-case hex/],
  [`sha256:${"A".repeat(64)}`, /lower-case hex/],
  [`sha256:${"a".repeat(63)}`, /63 hex digits, expected 64/],
  [`sha512:${"a".repeat(64)}`, /64 hex digits, expected 128/],
  [`md5:${"a".repeat(32)}`, /algorithm "md5"/],
  [`toString:${"a".repeat(32)}`, /algorithm "toString"/],
  [`sha256:${"a".repeat(64)}\n`, /lower-case hex/],
];
for (const [text, words] of faults) {
  test(`parseDigest() refuses ${JSON.stringify(text)}`, () => {
    assert.equal(isDigest(text), false);
    assert.throws(
      () => parseDigest(text),
      (error) => isRegistryError(error, "DIGEST_INVALID") && words.test(error.message),
    );
  });
}
