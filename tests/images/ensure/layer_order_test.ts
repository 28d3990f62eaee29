import assert from "node:assert/strict";
import { test } from "node:test";
import type { Digest, RegistryReader } from "../../../registry/mod.ts";
import { LayerOrder } from "../../../src/images/ensure/layer_order.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";

const [low, high, other] = ["a", "b", "c"].map((digit) => `sha256:${digit.repeat(64)}` as const) as [
  Digest,
  Digest,
  Digest,
];
const stepMs = 10;

/** Two layers on their way; each piece is there when it is asked for. */
async function open(layerOf?: (digest: Digest) => Digest) {
  const clock = new FakeClock();
  let pieceBytes = 1_000_000;
  const getBlob: RegistryReader["getBlob"] = async (_, digest) => ({
    descriptor: { mediaType: "", digest, size: 0 },
    body: (async function* () {
      for (;;) yield new Uint8Array(pieceBytes);
    })(),
    [Symbol.asyncDispose]: async () => undefined,
  });
  const ordered = new LayerOrder([low, high, low], clock).ordered(getBlob, layerOf);
  const read = async (digest: Digest, signal?: AbortSignal) => {
    const { body } = await ordered("app", digest, signal ? { signal } : {});
    const pieces = body[Symbol.asyncIterator]();
    await pieces.next();
    return pieces;
  };
  return {
    clock,
    read,
    setPiece: (bytes: number) => {
      pieceBytes = bytes;
    },
    /** Reads a layer piece by piece, each after a step, for so long. */
    run: async (pieces: AsyncIterator<Uint8Array>, ms: number) => {
      for (let at = 0; at < ms; at += stepMs) {
        await settle();
        clock.advance(stepMs);
        await pieces.next();
      }
      await settle();
    },
  };
}

/** What can go on without the clock, has. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Whether a piece has come. */
function watch(pieces: AsyncIterator<Uint8Array>): { came: boolean; done: Promise<unknown> } {
  const watched = { came: false, done: Promise.resolve() as Promise<unknown> };
  watched.done = pieces.next().then(() => {
    watched.came = true;
  });
  return watched;
}

test("LayerOrder holds a layer back while a lower one comes fast", async () => {
  const { clock, read, run } = await open();
  const [first, second] = [await read(low), await read(high)];
  const piece = watch(second);
  await run(first, 500);
  assert.equal(piece.came, false);
  await first.return?.();
  clock.advance(stepMs);
  await piece.done;
});

test("LayerOrder never holds the lowest layer back, nor what is no layer", async () => {
  const { read } = await open();
  const pieces = [await read(high), await read(low), await read(other)];
  await pieces[1]?.next();
  await pieces[2]?.next();
});

test("LayerOrder lets layers come together where the lower one comes slowly", async () => {
  const { read, run, setPiece } = await open();
  const [first, second] = [await read(low), await read(high)];
  setPiece(500_000);
  const piece = watch(second);
  await run(first, 40);
  assert.equal(piece.came, false, "it is fast until it has shown that it is not");
  await run(first, 50);
  assert.equal(piece.came, true);
});

test("LayerOrder lets a layer come where nothing comes of the lower one", async () => {
  const { clock, read } = await open();
  const [, second] = [await read(low), await read(high)];
  const piece = watch(second);
  for (let at = 0; at < 110; at += stepMs) {
    await settle();
    clock.advance(stepMs);
  }
  await piece.done;
});

test("LayerOrder holds layers back for two seconds in all", async () => {
  const { read, run } = await open();
  const [first, second] = [await read(low), await read(high)];
  const piece = watch(second);
  await run(first, 1900);
  assert.equal(piece.came, false);
  await run(first, 120);
  assert.equal(piece.came, true);
  await second.next();
});

test("LayerOrder holds nothing back for longer when the clock of the host is set back", async () => {
  const { clock, read, run } = await open();
  const [first, second] = [await read(low), await read(high)];
  const piece = watch(second);
  await run(first, 50);
  clock.setBack(3_600_000);
  await run(first, 20);
  assert.equal(piece.came, true);
});

test("LayerOrder never holds the first megabyte back, nor the end of less", async () => {
  const { read, setPiece } = await open();
  await read(low);
  setPiece(300_000);
  const second = await read(high);
  for (let count = 0; count < 3; count++) await second.next();
});

test("LayerOrder lets go of a layer that is not wanted any more", async () => {
  const { read } = await open();
  await read(low);
  const ending = new AbortController();
  const second = await read(high, ending.signal);
  const held = second.next();
  ending.abort(new Error("the daemon has left"));
  await assert.rejects(held, /the daemon has left/);
});

test("LayerOrder knows a layer by another digest", async () => {
  const { read, run } = await open((digest) => (digest === other ? high : digest));
  const [first, second] = [await read(low), await read(other)];
  const piece = watch(second);
  await run(first, 100);
  assert.equal(piece.came, false);
});
