import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRecords, encodeRecord, RecordDecoder, RecordError } from "../../src/mesos/recordio.ts";
import { readRecording, scenarios } from "../fakes/recording.ts";
import { cutAtRandom } from "../fakes/seeded_random.ts";

const encoder = new TextEncoder();

/** Records of a stream that arrives in these pieces, as texts. */
function decode(pieces: readonly string[], options: { maxRecordBytes?: number } = {}): string[] {
  const decoder = new RecordDecoder(options);
  const records: string[] = [];
  for (const piece of pieces) {
    // Copied at once: a record may be a view of its chunk.
    for (const record of decoder.push(encoder.encode(piece))) records.push(new TextDecoder().decode(record));
  }
  return records;
}

async function decodeAll(pieces: Iterable<Uint8Array>): Promise<Uint8Array[]> {
  async function* stream() {
    yield* pieces;
  }
  const records: Uint8Array[] = [];
  for await (const record of decodeRecords(stream())) records.push(record.slice());
  return records;
}

test("encodeRecord() puts the decimal length and a line feed in front", () => {
  assert.deepEqual(encodeRecord(encoder.encode("hello, Mesos")), encoder.encode("12\nhello, Mesos"));
  assert.deepEqual(encodeRecord(new Uint8Array()), encoder.encode("0\n"));
});

test("RecordDecoder reads a stream that comes byte by byte", () => {
  const stream = "5\nhello0\n12\nhello, Mesos1\n\n";
  assert.deepEqual(decode([...stream]), ["hello", "", "hello, Mesos", "\n"]);
});

test("RecordDecoder reads many records of one chunk, and one of many chunks", () => {
  assert.deepEqual(decode(["1\na1\nb1\nc1\nd"]), ["a", "b", "c", "d"]);
  assert.deepEqual(decode(["", "1", "2", "", "\n", "hello,", "", " Me", "sos3\nend"]), ["hello, Mesos", "end"]);
});

test("RecordDecoder gives an empty record at once, also at the end of a chunk", () => {
  assert.deepEqual(decode(["0\n"]), [""]);
  assert.deepEqual(decode(["0", "\n0\n"]), ["", ""]);
});

test("RecordDecoder gives a record as soon as its last byte is there", () => {
  const decoder = new RecordDecoder();
  assert.deepEqual([...decoder.push(encoder.encode("3\nab"))], []);
  assert.equal([...decoder.push(encoder.encode("c"))].length, 1);
});

test("RecordDecoder.isBetweenRecords is true where a stream may end", () => {
  const decoder = new RecordDecoder();
  const seen = [decoder.isBetweenRecords];
  for (const byte of "2\nab0\n") {
    for (const _record of decoder.push(encoder.encode(byte)));
    seen.push(decoder.isBetweenRecords);
  }
  assert.deepEqual(seen, [true, false, false, false, true, false, true]);
});

test("RecordDecoder takes a record of exactly the limit and refuses a larger one by its length alone", () => {
  assert.deepEqual(decode(["4\nabcd"], { maxRecordBytes: 4 }), ["abcd"]);
  assert.throws(() => decode(["5\n"], { maxRecordBytes: 4 }), {
    name: "RecordError",
    message: "Cannot read record: 5 bytes are more than the limit of 4",
  });
  assert.throws(() => decode([`${64 * 1024 * 1024 + 1}\n`]), RecordError);
});

test("RecordDecoder refuses a length without end before it grows", () => {
  assert.throws(() => decode(["0".repeat(16)]), {
    name: "RecordError",
    message: "Cannot read record length: more than 15 digits",
  });
});

const malformed: [string, string][] = [
  ["\n", "Cannot read record length: found an empty line"],
  ["1\na\n", "Cannot read record length: found an empty line"],
  ["-1\n", "Cannot read record length: found byte 0x2d instead of a digit"],
  ["1 \na", "Cannot read record length: found byte 0x20 instead of a digit"],
  ["5\r\nhello", "Cannot read record length: found byte 0xd instead of a digit"],
  ["<html>", "Cannot read record length: found byte 0x3c instead of a digit"],
  ["1\nabc\n", "Cannot read record length: found byte 0x62 instead of a digit"],
];
for (const [stream, message] of malformed) {
  test(`RecordDecoder refuses ${JSON.stringify(stream)}, whole or byte by byte`, () => {
    assert.throws(() => decode([stream]), { name: "RecordError", message });
    assert.throws(() => decode([...stream]), { name: "RecordError", message });
  });
}

test("RecordDecoder gives what comes before a malformed length", () => {
  const decoder = new RecordDecoder();
  const records = decoder.push(encoder.encode("1\nax"));
  assert.deepEqual(records.next().value, encoder.encode("a"));
  assert.throws(() => records.next(), RecordError);
});

for (const torn of ["1", "12", "3\n", "3\nab", "1\na2"]) {
  test(`decodeRecords() refuses a stream that ends after ${JSON.stringify(torn)}`, async () => {
    await assert.rejects(decodeAll([encoder.encode(torn)]), {
      name: "RecordError",
      message: "Cannot read record: the stream ended inside it",
    });
  });
}

test("decodeRecords() ends with a stream that ends between records, or holds none", async () => {
  assert.deepEqual(await decodeAll([]), []);
  assert.deepEqual(await decodeAll([encoder.encode("1\na")]), [encoder.encode("a")]);
});

for (const scenario of scenarios) {
  test(`decodeRecords() gives the same records of "${scenario}" wherever the stream is cut`, async () => {
    for (const stream of readRecording(scenario).streams) {
      const whole = await decodeAll([stream]);
      assert.ok(whole.length >= 5);
      assert.deepEqual(await decodeAll(Array.from(stream, (byte) => Uint8Array.of(byte))), whole);
      for (let seed = 1; seed <= 50; seed++) {
        const pieces = cutAtRandom(stream, 1 + (seed % 40), seed);
        assert.deepEqual(await decodeAll(pieces), whole, `seed ${seed}`);
      }
      // What was taken apart gives the recorded bytes again.
      assert.deepEqual(Buffer.concat(whole.map(encodeRecord)), Buffer.from(stream));
    }
  });
}
