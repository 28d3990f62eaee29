import assert from "node:assert/strict";
import { test } from "node:test";
import { splitImageName } from "../../../src/docker/calls/image_name.ts";

test("splitImageName() takes tag and digest off, and leaves a registry's port", () => {
  const digest = `sha256:${"0".repeat(64)}`;
  const cases: [reference: string, repository: string, tag: string | undefined, digest: string | undefined][] = [
    ["busybox", "busybox", undefined, undefined],
    ["busybox:1.36", "busybox", "1.36", undefined],
    ["a/b/c:x", "a/b/c", "x", undefined],
    ["localhost:5000/a", "localhost:5000/a", undefined, undefined],
    ["localhost:5000/a:x", "localhost:5000/a", "x", undefined],
    [`busybox@${digest}`, "busybox", undefined, digest],
    [`localhost:5000/a:x@${digest}`, "localhost:5000/a", "x", digest],
  ];
  for (const [reference, repository, tag, found] of cases) {
    assert.deepEqual(splitImageName(reference), { repository, tag, digest: found }, reference);
  }
});
