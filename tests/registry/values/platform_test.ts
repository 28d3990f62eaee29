import assert from "node:assert/strict";
import { test } from "node:test";
import {
  choosePlatform,
  formatPlatform,
  type Platform,
  parsePlatform,
  rankPlatform,
} from "../../../registry/values/platform.ts";

const spellings: readonly (readonly [string, string])[] = [
  ["linux/amd64", "linux/amd64"],
  ["Linux/x86_64", "linux/amd64"],
  ["linux/amd64/v1", "linux/amd64"],
  ["linux/amd64/3", "linux/amd64/v3"],
  ["linux/aarch64", "linux/arm64"],
  ["linux/arm64/v8", "linux/arm64"],
  ["linux/arm", "linux/arm/v7"],
  ["linux/armel", "linux/arm/v6"],
  ["linux/armhf", "linux/arm/v7"],
  ["linux/i686", "linux/386"],
  ["macos/arm64", "darwin/arm64"],
  ["linux/x64", "linux/amd64"],
  ["linux/ia32", "linux/386"],
];
for (const [input, expected] of spellings) {
  test(`parsePlatform() reads ${input} as ${expected}`, () => {
    assert.equal(formatPlatform(parsePlatform(input)), expected);
  });
}

for (const input of ["", "linux", "linux/", "linux/arm/v7/x", "a b/c", "/amd64"]) {
  test(`parsePlatform() refuses ${JSON.stringify(input)}`, () => {
    assert.throws(() => parsePlatform(input), SyntaxError);
  });
}

/** Host, offers as an index lists them, and the best. */
const choices: readonly (readonly [string, readonly string[], string | undefined])[] = [
  ["linux/arm/v7", ["linux/arm/v5", "linux/arm/v7", "linux/arm/v6"], "linux/arm/v7"],
  ["linux/arm/v7", ["linux/arm/v5", "linux/arm/v6", "linux/arm/v8"], "linux/arm/v6"],
  ["linux/arm/v6", ["linux/arm/v7"], undefined],
  ["linux/arm/v7", ["linux/arm"], "linux/arm/v7"],
  ["linux/amd64/v3", ["linux/amd64", "linux/amd64/v2", "linux/amd64/v4"], "linux/amd64/v2"],
  ["linux/amd64", ["linux/amd64/v2"], undefined],
  ["linux/amd64", ["windows/amd64", "linux/386"], undefined],
  ["linux/arm64", ["linux/arm/v7", "linux/arm64/v8"], "linux/arm64"],
  ["linux/arm64", ["linux/arm/v6", "linux/arm/v7"], "linux/arm/v7"],
  ["linux/s390x", ["linux/s390x"], "linux/s390x"],
  ["linux/amd64", ["unknown/unknown"], undefined],
  ["linux/mips64le/hardfloat", ["linux/mips64le/softfloat"], undefined],
];
for (const [host, offers, expected] of choices) {
  test(`choosePlatform() takes ${expected} of ${offers.join(", ")} for ${host}`, () => {
    const entries = offers.map((text) => ({ platform: parsePlatform(text) }));
    const best = choosePlatform<{ platform?: Platform }>([{}, ...entries], parsePlatform(host));
    assert.equal(best?.platform && formatPlatform(best.platform), expected);
  });
}

test("choosePlatform() takes the first of equals", () => {
  const platform = parsePlatform("linux/amd64");
  const [first, second] = [
    { name: "first", platform },
    { name: "second", platform },
  ];
  assert.equal(choosePlatform([first, second], platform), first);
});

test("rankPlatform() puts an exact match first", () => {
  assert.equal(rankPlatform(parsePlatform("linux/arm/v7"), { os: "linux", architecture: "arm", variant: "v7" }), 0);
});
