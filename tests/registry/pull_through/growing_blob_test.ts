// Who reads along is told why, when nothing comes of what is stored.
import assert from "node:assert/strict";
import { test } from "node:test";
import { giveAway, letGo } from "../../../registry/loose_memory.ts";
import { GrowingBlob } from "../../../registry/pull_through/growing_blob.ts";
import type { Upload } from "../../../registry/registry.ts";
import { RegistryError } from "../../../registry/registry_error.ts";
import { uploadUnknown } from "../../../registry/store/store_upload.ts";
import { unsupportedRegistry } from "../../../registry/unsupported_registry.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import { pieces } from "../conformance/specimens.ts";

const digest = digestOf(new Uint8Array(20));
const never = () => Promise.reject(new Error("nobody calls this"));

/** A blob of 20 bytes of which an earlier transfer has left 10, in an upload that is peeked into like this. */
function growing(peek?: Upload["peek"]): GrowingBlob {
  const upload: Upload = { id: "u", size: 10, append: never, commit: never, cancel: never, ...(peek && { peek }) };
  return new GrowingBlob({ store: unsupportedRegistry({}), repository: "n", digest, size: 20, upload });
}

async function readAll(blob: GrowingBlob): Promise<void> {
  for await (const bytes of blob.read({ first: 0, last: 19 }, undefined)) assert.ok(bytes.byteLength > 0);
}

test("a reader is told what was wrong with a blob whose upload ended under it", async () => {
  const peeked = Promise.withResolvers<void>();
  const blob = growing(() => {
    peeked.resolve();
    throw uploadUnknown("u");
  });
  const reading = assert.rejects(readAll(blob), /^RegistryError: Cannot take it: found other bytes$/);
  await peeked.promise;
  blob.failed(new RegistryError("CORRUPT", "Cannot take it: found other bytes"));
  await reading;
});

test("what cannot be peeked into is no blob to read along", async () => {
  await assert.rejects(readAll(growing()), { code: "UNSUPPORTED" });
});

test("a reader whose bytes are gone from the store waits for the end of the transfer, and is free to leave", async () => {
  for (const loss of ["ends early", "fails"] as const) {
    let peeks = 0;
    const blob = growing(() => {
      peeks++;
      if (loss === "fails") throw new RegistryError("BLOB_UNKNOWN", "Cannot read it: it is gone");
      return pieces(new Uint8Array());
    });
    const leaving = new AbortController();
    const gone = assert.rejects(
      blob.read({ first: 0, last: 19 }, { signal: leaving.signal }).next(),
      /^Error: the reader has left$/,
    );
    const passed = readAll(blob);
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(peeks, 2, `one look of each reader at what ${loss}`);
    leaving.abort(new Error("the reader has left"));
    await gone;
    blob.passing(async function* ({ first }, from) {
      assert.deepEqual([first, from], [0, 0]);
      yield new Uint8Array(20);
    });
    await passed;
  }
});

const pieceBytes = 1024 * 1024;

function makePieces(count: number): Uint8Array[] {
  const given = Array.from({ length: count }, (_, index) => new Uint8Array(pieceBytes).fill(index + 1));
  for (const piece of given) giveAway(piece);
  return given;
}

/** A blob of which so many pieces come, whose memory was given away; `storing` has the store take the next. */
function coming(count: number, given = makePieces(count)) {
  const upload: Upload = { id: "u", size: 0, append: never, commit: never, cancel: never };
  const size = count * pieceBytes;
  const blob = new GrowingBlob({ store: unsupportedRegistry({}), repository: "n", digest, size, upload });
  const body = given[Symbol.iterator]();
  const storing = blob.pass({ next: async () => body.next() as IteratorResult<Uint8Array> });
  const read = (lend: boolean) => blob.read({ first: 0, last: size - 1 }, { lend });
  const lengths = () => given.map(({ byteLength }) => byteLength / pieceBytes);
  return { blob, storing, read, lengths };
}

test("memory of pieces that were given away is freed as soon as the store has them and they are not held", async () => {
  const { blob, storing, lengths } = coming(4);
  for (let count = 0; count < 4; count++) await storing.next();
  assert.deepEqual(lengths(), [0, 1, 1, 1], "what readers may want is held");
  await storing.next();
  blob.stored();
  assert.deepEqual(lengths(), [0, 0, 0, 0]);
});

test("a reader has its pieces as long as it looks at them when they are lent, and for ever when they are not", async () => {
  for (const lend of [true, false]) {
    const { blob, storing, read, lengths } = coming(4);
    await storing.next();
    const reader = read(lend);
    const { value } = await reader.next();
    assert.equal(value?.[0], 1);
    for (let count = 0; count < 3; count++) await storing.next();
    assert.equal(value?.byteLength, pieceBytes, "it is being looked at");
    await reader.return(undefined);
    blob.failed(new Error("it is over"));
    await storing.return(undefined);
    assert.deepEqual(lengths(), lend ? [0, 0, 0, 0] : [1, 0, 0, 0]);
  }
});

test("what several readers have of memory that pieces share is not freed by them", async () => {
  const memory = new Uint8Array(2 * pieceBytes);
  const halves = [memory.subarray(0, pieceBytes), memory.subarray(pieceBytes)];
  for (const half of halves) giveAway(half);
  const { blob, storing, read } = coming(2, halves);
  await storing.next();
  for (let reader = 0; reader < 3; reader++) {
    const { value } = await read(true).next();
    if (value) letGo(value);
  }
  assert.equal((await storing.next()).value?.byteLength, pieceBytes);
  blob.failed(new Error("it is over"));
  assert.equal(memory.byteLength, 2 * pieceBytes);
});
