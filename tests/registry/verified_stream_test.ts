import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../registry/values/digest.ts";
import { countedStream, verifiedStream } from "../../registry/verified_stream.ts";
import { failsWith } from "./conformance/failure.ts";
import { collect, pieces } from "./conformance/specimens.ts";

const bytes = Buffer.from("the quick brown fox jumps over the lazy dog");
const digest = digestOf(bytes);
const { byteLength: size } = bytes;

for (const piece of [1, 7, size, 1000]) {
  test(`verifiedStream() passes right content on, in pieces of ${piece}`, async () => {
    assert.deepEqual(await collect(verifiedStream(pieces(bytes, piece), digest, size)), bytes);
  });
  test(`verifiedStream() keeps the last piece of wrong content back, in pieces of ${piece}`, async () => {
    const wrong = Buffer.from(bytes);
    wrong[0] = 0;
    let seen = 0;
    const reading = async () => {
      for await (const part of verifiedStream(pieces(wrong, piece), digest, size)) seen += part.byteLength;
    };
    await failsWith("CORRUPT", reading());
    assert.ok(seen < size);
  });
}

test("verifiedStream() refuses one byte too few, and one too many before it reads on", async () => {
  await failsWith("CORRUPT", collect(verifiedStream(pieces(bytes.subarray(1), 5), digest, size)));
  let asked = 0;
  async function* endless() {
    for (;;) {
      asked += 1;
      yield bytes;
    }
  }
  await failsWith("CORRUPT", collect(verifiedStream(endless(), digest, size)));
  assert.equal(asked, 2);
});

test("verifiedStream() takes nothing as the content of its own digest", async () => {
  const none = new Uint8Array();
  assert.equal((await collect(verifiedStream(pieces(none), digestOf(none), 0))).byteLength, 0);
  await failsWith("CORRUPT", collect(verifiedStream(pieces(none), digest, 0)));
});

test("countedStream() wants exactly its count", async () => {
  assert.deepEqual(await collect(countedStream(pieces(bytes, 5), size, "it")), bytes);
  await failsWith("CORRUPT", collect(countedStream(pieces(bytes, 5), size - 1, "it")));
  await failsWith("CORRUPT", collect(countedStream(pieces(bytes, 5), size + 1, "it")));
});
