import assert from "node:assert/strict";
import { test } from "node:test";
import { readLoaded } from "../../../src/docker/calls/images.ts";
import { readTransferLine, type TransferLine } from "../../../src/docker/calls/transfer.ts";

test("readTransferLine() reads what dockerd writes while it pulls and loads", () => {
  const cases: [value: unknown, line: TransferLine][] = [
    [
      { status: "Pulling from library/busybox", id: "1.36" },
      { kind: "progress", progress: { status: "Pulling from library/busybox", id: "1.36" } },
    ],
    [
      { status: "Downloading", progressDetail: { current: 10, total: 20 }, progress: "[=>  ]", id: "ab" },
      { kind: "progress", progress: { status: "Downloading", id: "ab", currentBytes: 10, totalBytes: 20 } },
    ],
    [
      { status: "Pull complete", progressDetail: {}, id: "ab" },
      { kind: "progress", progress: { status: "Pull complete", id: "ab" } },
    ],
    [{ stream: "Loaded image: a:b\n" }, { kind: "text", text: "Loaded image: a:b\n" }],
    [
      { errorDetail: { message: "manifest unknown\n" }, error: "manifest unknown" },
      { kind: "error", message: "manifest unknown", status: undefined },
    ],
    [
      { errorDetail: { code: 401, message: "no" }, error: "no" },
      { kind: "error", message: "no", status: 401 },
    ],
    [{ error: "old form" }, { kind: "error", message: "old form", status: undefined }],
    [{ aux: { ID: "sha256:1" } }, { kind: "other" }],
    [{}, { kind: "other" }],
  ];
  for (const [value, line] of cases) assert.deepEqual(readTransferLine(value), line, JSON.stringify(value));
});

test("readTransferLine() refuses what is no line of progress", () => {
  for (const value of ["text", 1, [], { status: 1 }, { progressDetail: [], status: "x" }]) {
    assert.throws(() => readTransferLine(value), SyntaxError, JSON.stringify(value));
  }
});

test("readLoaded() finds references and ids, and nothing in other text", () => {
  const id = `sha256:${"a".repeat(64)}`;
  assert.deepEqual(readLoaded("Loaded image: localhost:5000/a:b\n"), ["localhost:5000/a:b"]);
  assert.deepEqual(readLoaded(`Loaded image ID: ${id}\n`), [id]);
  assert.deepEqual(readLoaded("Loaded image: a:1\nLoaded image: a:2\n"), ["a:1", "a:2"]);
  assert.deepEqual(readLoaded("The image a:b already exists, renaming the old one\n"), []);
});
