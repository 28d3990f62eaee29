import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutputFrame } from "../../../src/docker/mod.ts";
import { FrameQueue } from "../../../src/executor/output/frame_queue.ts";
import { inTime, settle } from "../../fakes/waiting.ts";

/** A target that writes when the test says so. */
class HeldTarget {
  readonly written: string[] = [];
  #release: (() => void)[] = [];

  readonly write = (stream: OutputFrame["stream"], bytes: Uint8Array): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#release.push(() => {
      // Read as late as a thread of the system would do it.
      this.written.push(`${stream}:${Buffer.from(bytes).toString("latin1")}`);
      resolve();
    });
    return promise;
  };

  get underWay(): number {
    return this.#release.length;
  }

  /** Ends the write that is under way. */
  async finishOne(): Promise<void> {
    this.#release.shift()?.();
    await settle(0);
  }

  async finishAll(): Promise<void> {
    while (this.underWay > 0) await this.finishOne();
  }
}

const out = (text: string): OutputFrame => ({ stream: "stdout", bytes: Buffer.from(text) });
const error = (text: string): OutputFrame => ({ stream: "stderr", bytes: Buffer.from(text) });

test("FrameQueue joins what comes while a write is under way, each stream for itself and in order", async () => {
  const target = new HeldTarget();
  const queue = new FrameQueue(target.write);
  for (const frame of [out("a"), out("b"), out("c"), error("d"), out("e"), out("f")]) await queue.push(frame);
  await target.finishAll();
  assert.deepEqual(target.written, ["stdout:a", "stdout:bc", "stderr:d", "stdout:ef"]);
});

test("FrameQueue writes one batch at a time", async () => {
  const target = new HeldTarget();
  const queue = new FrameQueue(target.write);
  for (const frame of [out("a"), error("b"), out("c")]) await queue.push(frame);
  const counts: number[] = [];
  for (let time = 0; time < 4; time++) {
    counts.push(target.underWay);
    await target.finishOne();
  }
  assert.deepEqual(counts, [1, 1, 1, 0]);
});

test("FrameQueue goes on when it was empty in between", async () => {
  const target = new HeldTarget();
  const queue = new FrameQueue(target.write);
  for (const text of ["a", "b"]) {
    await queue.push(out(text));
    await target.finishAll();
  }
  assert.deepEqual(target.written, ["stdout:a", "stdout:b"]);
});

test("FrameQueue is drained when all has been written, and not before", async () => {
  const target = new HeldTarget();
  const queue = new FrameQueue(target.write);
  await inTime(queue.drained(), "the end of an empty queue");
  for (const frame of [out("a"), out("b")]) await queue.push(frame);
  let isDrained = false;
  const drained = queue.drained().then(() => {
    isDrained = true;
  });
  await target.finishOne();
  assert.equal(isDrained, false);
  await target.finishOne();
  await inTime(drained, "the end");
  assert.deepEqual(target.written, ["stdout:a", "stdout:b"]);
});

test("FrameQueue lets nothing in when much is waiting, until a write has ended", async () => {
  const target = new HeldTarget();
  const queue = new FrameQueue(target.write);
  const frame = out("x".repeat(64 * 1024));
  let pushed = 0;
  const pushing = (async () => {
    for (; pushed < 100; pushed++) await queue.push(frame);
  })();
  await settle();
  const first = pushed;
  assert.ok(first >= 16 && first <= 18, `${first} frames of 64 KiB were let in`);
  await target.finishOne();
  await settle();
  assert.ok(pushed > first && pushed <= first + 4, `${pushed - first} more were let in`);
  while (pushed < 100) await target.finishOne();
  await target.finishAll();
  await inTime(pushing, "the end");
  const sizes = target.written.map((text) => (text.length - "stdout:".length) / 1024);
  assert.ok(Math.max(...sizes) <= 256, "a batch is no larger than 256 KiB");
  assert.equal(
    sizes.reduce((sum, size) => sum + size),
    6400,
  );
});

test("FrameQueue passes on a large frame as it is", async () => {
  const seen: Uint8Array[] = [];
  const queue = new FrameQueue(async (_stream, bytes) => {
    seen.push(bytes);
  });
  const frames = [out("x".repeat(100_000)), out("y".repeat(65_536)), out("z")];
  for (const frame of frames) await queue.push(frame);
  await queue.drained();
  assert.equal(seen[0], frames[0]?.bytes);
  assert.equal(seen[1], frames[1]?.bytes);
});
