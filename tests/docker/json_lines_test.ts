import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { decodeJsonLines, JsonLineDecoder, JsonLineError } from "../../src/docker/json_lines.ts";

const stream = Buffer.from('{"status":"Pulling"}\r\n\r\n{"id":"ü€","progressDetail":{"current":1}}\n{"last":true}');
const values = [{ status: "Pulling" }, { id: "ü€", progressDetail: { current: 1 } }, { last: true }];

async function decode(chunks: Iterable<Uint8Array>, options: { maxLineBytes?: number } = {}): Promise<unknown[]> {
  async function* feed(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  return await Array.fromAsync(decodeJsonLines(feed(), options));
}

function* bytesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}

test("decodeJsonLines() gives one value a line, empty lines left out, the last one without a line feed", async () => {
  assert.deepEqual(await decode([stream]), values);
});

test("decodeJsonLines() takes one byte at a time, also inside a character", async () => {
  assert.deepEqual(await decode(bytesOf(stream)), values);
});

test("decodeJsonLines() of an empty stream gives nothing", async () => {
  assert.deepEqual(await decode([]), []);
});

test("JsonLineDecoder.push() gives a value as soon as its line is complete", () => {
  const decoder = new JsonLineDecoder();
  assert.deepEqual([...decoder.push(Buffer.from('{"a":1}\n{"b"'))], [{ a: 1 }]);
  assert.deepEqual([...decoder.push(Buffer.from(":2}\n"))], [{ b: 2 }]);
});

test("JsonLineDecoder.push() keeps its own copy of a line's beginning", () => {
  const decoder = new JsonLineDecoder();
  const chunk = Buffer.from('{"a":');
  assert.deepEqual([...decoder.push(chunk)], []);
  chunk.fill(0);
  assert.deepEqual([...decoder.push(Buffer.from("1}\n"))], [{ a: 1 }]);
});

test("decodeJsonLines() rejects a stream that ends inside a value", async () => {
  await assert.rejects(decode([Buffer.from('{"a":1}\n{"b":')]), {
    name: "JsonLineError",
    message: 'found "{"b":" where a JSON value was expected',
  });
});

test("decodeJsonLines() rejects a line over the limit before it is complete, and takes one at the limit", async () => {
  const line = Buffer.from(`"${"x".repeat(98)}"`);
  assert.equal((await decode([line], { maxLineBytes: 100 })).length, 1);
  await assert.rejects(decode(bytesOf(Buffer.concat([line, Buffer.from("x")])), { maxLineBytes: 100 }), {
    message: "found a line of more than 100 bytes",
  });
});

test("decodeJsonLines() shows only the beginning of a long line that is no JSON", async () => {
  await assert.rejects(decode([Buffer.from(`<${"h".repeat(500)}>\n`)]), (error) => {
    assert.ok(error instanceof JsonLineError);
    assert.ok(error.message.length < 150, error.message);
    return true;
  });
});
