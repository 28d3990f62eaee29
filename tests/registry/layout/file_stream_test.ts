import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readFileStream } from "../../../registry/layout/file_stream.ts";
import { failsWith } from "../conformance/failure.ts";
import { collect, randomBlob } from "../conformance/specimens.ts";
import { layoutFolder } from "./layout_folder.ts";

const { bytes } = randomBlob(3 * 2 ** 20 + 17);

test("readFileStream() gives pieces that may be kept", async () => {
  await using folder = await layoutFolder();
  const path = join(folder.root, "file");
  await writeFile(path, bytes);
  const pieces = await Array.fromAsync(readFileStream(path));
  assert.ok(pieces.length > 2);
  assert.ok(Buffer.concat(pieces).equals(bytes));
});

test("readFileStream() lends the same memory in turn", async () => {
  await using folder = await layoutFolder();
  const path = join(folder.root, "file");
  await writeFile(path, bytes);
  const memory = new Set<ArrayBufferLike>();
  const copies: Uint8Array[] = [];
  for await (const piece of readFileStream(path, { lend: true })) {
    memory.add(piece.buffer);
    copies.push(Uint8Array.from(piece));
  }
  assert.ok(copies.length > 2);
  assert.equal(memory.size, 2);
  assert.ok(Buffer.concat(copies).equals(bytes));
});

for (const lend of [false, true]) {
  test(`readFileStream() reads a part${lend ? ", lent" : ""}`, async () => {
    await using folder = await layoutFolder();
    const path = join(folder.root, "file");
    await writeFile(path, bytes);
    const span = { first: 1000, last: 1999 };
    assert.deepEqual(await collect(readFileStream(path, { span, lend })), Buffer.from(bytes.subarray(1000, 2000)));
    assert.deepEqual(await collect(readFileStream(path, { span: { first: 0, last: -1 }, lend })), Buffer.alloc(0));
  });
}

test("readFileStream() says that a file is gone", async () => {
  await using folder = await layoutFolder();
  await failsWith("BLOB_UNKNOWN", collect(readFileStream(join(folder.root, "none"))));
});
