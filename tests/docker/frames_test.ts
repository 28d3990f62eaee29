import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { FrameDecoder, FrameError } from "../../src/docker/frames.ts";
import { cutAtRandom, seededRandom } from "../fakes/seeded_random.ts";

type Output = Record<"stdout" | "stderr", Buffer>;

function frame(stream: number, payload: string | Uint8Array): Buffer {
  const bytes = Buffer.from(payload as string);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

function decode(chunks: Iterable<Uint8Array>): Output & { isClean: boolean } {
  const decoder = new FrameDecoder();
  const parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for (const chunk of chunks) for (const { stream, bytes } of decoder.push(chunk)) parts[stream].push(bytes);
  return {
    stdout: Buffer.concat(parts.stdout),
    stderr: Buffer.concat(parts.stderr),
    isClean: decoder.isBetweenFrames,
  };
}

function* cut(bytes: Uint8Array, nextLength: () => number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const length = nextLength();
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

const mixed = Buffer.concat([
  frame(1, "out one\n"),
  frame(2, "err\n"),
  frame(1, ""),
  frame(1, "out two\n"),
  frame(0, "in"),
]);

test("FrameDecoder.push() sorts frames by stream, stdin with stdout", () => {
  const { stdout, stderr, isClean } = decode([mixed]);
  assert.equal(stdout.toString(), "out one\nout two\nin");
  assert.equal(stderr.toString(), "err\n");
  assert.ok(isClean);
});

test("FrameDecoder.push() takes one byte at a time", () => {
  const { stdout, stderr, isClean } = decode(cut(mixed, () => 1));
  assert.equal(stdout.toString(), "out one\nout two\nin");
  assert.equal(stderr.toString(), "err\n");
  assert.ok(isClean);
});

test("FrameDecoder.push() takes 20,000 frames in one chunk", () => {
  const frames = Array.from({ length: 20_000 }, (_, index) => frame(1 + (index % 2), `${index}\n`));
  const { stdout, stderr } = decode([Buffer.concat(frames)]);
  assert.equal(stdout.toString().split("\n").length, 10_001);
  assert.equal(stderr.toString().split("\n").at(-2), "19999");
});

test("FrameDecoder.push() gives the same bytes for every way of cutting", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = seededRandom(seed);
    const expected = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    const frames = Array.from({ length: 50 }, () => {
      const payload = Buffer.from(Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256)));
      const stream = random() < 0.5 ? "stdout" : "stderr";
      expected[stream].push(payload);
      return frame(stream === "stdout" ? 1 : 2, payload);
    });
    const actual = decode(cutAtRandom(Buffer.concat(frames), 150, seed));
    assert.deepEqual(actual.stdout, Buffer.concat(expected.stdout), `stdout with seed ${seed}`);
    assert.deepEqual(actual.stderr, Buffer.concat(expected.stderr), `stderr with seed ${seed}`);
    assert.ok(actual.isClean, `seed ${seed}`);
  }
});

test("FrameDecoder.push() hands payload on before the frame is complete, without copying it", () => {
  const chunk = Buffer.concat([Buffer.from([2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]), Buffer.from("begin")]);
  const decoder = new FrameDecoder();
  const [first] = [...decoder.push(chunk)];
  assert.equal(first?.stream, "stderr");
  assert.equal(Buffer.from(first?.bytes ?? []).toString(), "begin");
  assert.equal(first?.bytes.buffer, chunk.buffer);
  assert.deepEqual(
    [...decoder.push(Buffer.from(" and on"))].map(({ bytes }) => Buffer.from(bytes).toString()),
    [" and on"],
  );
});

test("FrameDecoder.isBetweenFrames tells a clean end from a torn frame", () => {
  assert.ok(new FrameDecoder().isBetweenFrames);
  for (let length = 1; length < 8 + 3; length++) {
    assert.equal(decode([frame(1, "abc").subarray(0, length)]).isClean, false, `${length} bytes of the frame`);
  }
  assert.ok(decode([frame(1, "abc")]).isClean);
});

test("FrameDecoder.push() rejects what is no header, whether in one chunk or in many", () => {
  const expected = {
    name: "FrameError",
    message: /^found 68 65 6c 6c 6f 20 77 6f where the header of a frame was expected$/,
  };
  assert.throws(() => decode([Buffer.from("hello world")]), expected);
  assert.throws(() => decode(cut(Buffer.from("hello world"), () => 3)), expected);
  assert.throws(() => decode([Buffer.from([4, 0, 0, 0, 0, 0, 0, 1, 65])]), FrameError);
  for (const at of [1, 2, 3]) {
    const bad = frame(1, "x");
    bad[at] = 1;
    assert.throws(() => decode([bad]), FrameError, `byte ${at}`);
  }
});

test("FrameDecoder.push() gives good frames before it rejects a bad one", () => {
  const decoder = new FrameDecoder();
  const frames = decoder.push(Buffer.concat([frame(1, "good"), Buffer.from("rubbish!")]));
  assert.equal(Buffer.from(frames.next().value?.bytes ?? []).toString(), "good");
  assert.throws(() => frames.next(), FrameError);
});

test("FrameDecoder.push() throws the text of a frame in which the daemon reports an error", () => {
  const report = frame(3, "error from the log driver\n");
  assert.throws(() => decode([mixed, report]), { message: "the daemon reports: error from the log driver" });
  assert.throws(() => decode(cut(report, () => 1)), { message: "the daemon reports: error from the log driver" });
  assert.throws(() => decode([frame(3, "")]), { message: "the daemon reports an error without a text" });
});

test("FrameDecoder.push() keeps only the beginning of a long error report", () => {
  const report = frame(3, "x".repeat(1_000_000));
  assert.throws(
    () => decode(cut(report, () => 65_536)),
    (error) => error instanceof FrameError && error.message === `the daemon reports: ${"x".repeat(4096)}`,
  );
});
