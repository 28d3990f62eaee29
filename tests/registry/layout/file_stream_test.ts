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

test("readFileStream() lends less to each of many than to few, and all of the file", async () => {
  await using folder = await layoutFolder();
  const path = join(folder.root, "file");
  await writeFile(path, bytes);
  const begun: { reader: AsyncGenerator<Uint8Array>; first: Uint8Array }[] = [];
  while (begun.length < 5) {
    const reader = readFileStream(path, { lend: true });
    begun.push({ reader, first: await firstOf(reader) });
  }
  const lengths = begun.map(({ first }) => first.byteLength);
  assert.ok((lengths.at(-1) ?? 0) < (lengths[0] ?? 0), `lent ${lengths} bytes`);
  for (const { reader, first } of begun) {
    const copies = [Uint8Array.from(first)];
    for await (const piece of reader) copies.push(Uint8Array.from(piece));
    assert.ok(Buffer.concat(copies).equals(bytes));
  }
  await using alone = readFileStream(path, { lend: true });
  assert.equal((await firstOf(alone)).byteLength, lengths[0]);
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

async function firstOf(reader: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  const { value } = await reader.next();
  return value ?? new Uint8Array();
}
