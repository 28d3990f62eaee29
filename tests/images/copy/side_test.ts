import assert from "node:assert/strict";
import { test } from "node:test";
import { type CopySide, parseCopySide, parseCopyTarget } from "../../../src/images/copy/side.ts";

const digest = `sha256:${"0".repeat(64)}`;

const sides: readonly [string, CopySide][] = [
  ["redis:7", { kind: "registry", text: "redis:7" }],
  ["localhost:5000/a/b@x", { kind: "registry", text: "localhost:5000/a/b@x" }],
  ["http://127.0.0.1:5000/a:1", { kind: "registry", text: "http://127.0.0.1:5000/a:1" }],
  ["docker://quay.io/a/b:1", { kind: "registry", text: "quay.io/a/b:1" }],
  ["oci:some/folder", { kind: "oci", path: "some/folder" }],
  ["oci:/some/folder:v1", { kind: "oci", path: "/some/folder", name: "v1" }],
  ["oci:folder:docker.io/a/b:v1", { kind: "oci", path: "folder", name: "docker.io/a/b:v1" }],
  [`oci:folder@${digest}`, { kind: "oci", path: "folder", name: `@${digest}` }],
  ["oci-archive:-", { kind: "oci-archive", path: "-" }],
  ["oci-archive:a.tar:v1", { kind: "oci-archive", path: "a.tar", name: "v1" }],
  ["docker-archive:a@b.tar:redis:7", { kind: "docker-archive", path: "a@b.tar", name: "redis:7" }],
  ["docker-archive:a.tar@0", { kind: "docker-archive", path: "a.tar", name: "@0" }],
  ["docker-daemon:redis:7", { kind: "docker-daemon", image: "redis:7" }],
  [`docker-daemon:${digest}`, { kind: "docker-daemon", image: digest }],
];
for (const [text, side] of sides) {
  test(`parseCopySide() reads ${text}`, () => assert.deepEqual(parseCopySide(text), side));
}

const refused: readonly [string, string][] = [
  ["oci:", "expected oci:PATH or oci:PATH:NAME"],
  ["oci-archive:", "expected oci-archive:PATH or oci-archive:PATH:NAME"],
  ["oci:folder:", "expected oci:PATH or oci:PATH:NAME"],
  ["docker-archive::a", "expected docker-archive:PATH or docker-archive:PATH:NAME"],
  ["docker-daemon:", "expected docker-daemon:IMAGE"],
  ["docker-daemon:-", "expected docker-daemon:IMAGE"],
  ["oci:-", 'a folder cannot be "-"'],
  ["-", "expected docker-archive:- or oci-archive:-"],
];
for (const [text, found] of refused) {
  test(`parseCopySide() refuses ${text} and says what it expects`, () => {
    const error = { name: "SyntaxError", message: `Cannot copy "${text}": ${found}` };
    assert.throws(() => parseCopySide(text), error);
    assert.throws(() => parseCopyTarget(text), error);
  });
}

const sources = [
  `docker-daemon:${digest}`,
  "docker-archive:a.tar@0",
  `oci:folder@${digest}`,
  `oci-archive:-@${digest}`,
];
for (const text of [...sources, `docker-daemon:redis@${digest}`, `docker-archive:a.tar:redis@${digest}`]) {
  test(`parseCopyTarget() refuses ${text}: what is copied has its own digest`, () => {
    const [, kind = ""] = /^([a-z-]+):/.exec(text) ?? [];
    const expected = kind === "docker-daemon" ? `${kind}:IMAGE` : `${kind}:PATH or ${kind}:PATH:NAME`;
    const found = "found a digest or a place";
    assert.throws(() => parseCopyTarget(text), {
      name: "SyntaxError",
      message: `Cannot copy to "${text}": ${found}, expected ${expected}`,
    });
    assert.doesNotThrow(() => parseCopySide(text));
  });
}

for (const [text, side] of sides.filter(([text]) => !sources.includes(text))) {
  test(`parseCopyTarget() reads ${text}`, () => assert.deepEqual(parseCopyTarget(text), side));
}
