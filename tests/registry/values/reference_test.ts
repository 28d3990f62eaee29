import assert from "node:assert/strict";
import { test } from "node:test";
import { findReferenceHint, parseImageName } from "../../../registry/values/image_name.ts";
import {
  apiHostOf,
  formatFamiliar,
  formatReference,
  identityOf,
  parseReference,
  ReferenceSyntaxError,
  withDefaultTag,
} from "../../../registry/values/reference.ts";
import { illegal, legal } from "./reference_table.ts";

for (const [input, canonical, familiar] of legal) {
  test(`parseReference() reads ${input.slice(0, 60)} as Docker's own library does`, () => {
    const reference = parseReference(input);
    assert.equal(formatReference(withDefaultTag(reference)), canonical);
    assert.equal(formatFamiliar(reference), familiar);
  });
  test(`formatReference() gives ${input.slice(0, 60)} a text that is read as the same`, () => {
    const reference = parseReference(input);
    assert.deepEqual(parseReference(formatReference(reference)), reference);
    if (familiar.length !== 64) assert.deepEqual(parseReference(formatFamiliar(reference)), reference);
  });
}

for (const [input, code, words] of illegal) {
  test(`parseReference() refuses ${JSON.stringify(input.slice(0, 60))} as ${code}`, () => {
    assert.throws(
      () => parseReference(input),
      (error) => error instanceof ReferenceSyntaxError && error.code === code && words.test(error.message),
    );
  });
}

test("identityOf() prefers the digest to the tag, and has latest for neither", () => {
  const digest = `sha256:${"f".repeat(64)}`;
  assert.equal(identityOf(parseReference(`a:1@${digest}`)), digest);
  assert.equal(identityOf(parseReference("a:1")), "1");
  assert.equal(identityOf(parseReference("a")), "latest");
});

test("apiHostOf() knows that Docker Hub answers elsewhere", () => {
  assert.equal(apiHostOf("docker.io"), "registry-1.docker.io");
  assert.equal(apiHostOf("quay.io"), "quay.io");
});

test("parseImageName() takes 64 hex digits, with sha256 or without, as an image's id", () => {
  const hex = "0123456789abcdef".repeat(4);
  assert.deepEqual(parseImageName(hex), { kind: "image_id", digest: `sha256:${hex}` });
  assert.deepEqual(parseImageName(`sha256:${hex}`), { kind: "image_id", digest: `sha256:${hex}` });
  assert.equal(parseImageName(`${hex}:v1`).kind, "reference");
});

const hints: readonly (readonly [string, boolean])[] = [
  ["localhost:5000", true],
  ["localhost", true],
  ["myhost:5000", true],
  ["192.168.1.1:5000", true],
  ["ubuntu:22.04", false],
  ["debian:2024", false],
  ["redis:7", false],
  ["localhost:5000/app", false],
  ["postgres:99999", false],
];
for (const [input, expected] of hints) {
  test(`findReferenceHint() has ${expected ? "a question" : "nothing to ask"} about ${input}`, () => {
    const hint = findReferenceHint(input);
    assert.equal(hint !== undefined, expected);
    if (expected) assert.match(hint ?? "", /did you mean "[^"]+\/…"/);
  });
}
