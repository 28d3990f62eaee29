import assert from "node:assert/strict";
import { test } from "node:test";
import { type CopySide, parseCopySide } from "../../../src/images/copy/side.ts";

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

for (const text of ["oci:", "oci-archive:", "oci:folder:", "docker-archive::a", "docker-daemon:", "oci:-"]) {
  test(`parseCopySide() refuses ${text} and says what it expects`, () => {
    assert.throws(() => parseCopySide(text), { name: "SyntaxError", message: /^Cannot copy ".*": / });
  });
}
