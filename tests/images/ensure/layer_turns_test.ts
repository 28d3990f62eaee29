import assert from "node:assert/strict";
import { test } from "node:test";
import type { Digest } from "../../../registry/mod.ts";
import { LayerTurns } from "../../../src/images/ensure/layer_turns.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";

const layerBytes = 64_000_000;
const digests = ["a", "b", "c", "d"].map((digit) => `sha256:${digit.repeat(64)}` as Digest);
const [first, second, third] = digests as [Digest, Digest, Digest];
const stepMs = 20;

/** Four layers of 64 MB, or others, the first of which comes with so many bytes a second. */
function open(rate: number, sizes: readonly number[] = digests.map(() => layerBytes)) {
  const clock = new FakeClock();
  const statuses = new Map<Digest, string>();
  const layers = digests.map((digest, index) => ({ mediaType: "", digest, size: sizes[index] ?? 0 }));
  const turns = new LayerTurns(layers, { book: { statusOf: (digest) => statuses.get(digest) }, clock });
  for (let bytes = 0; bytes < layerBytes; bytes += rate / 10) {
    turns.came(first, rate / 10);
    clock.advance(100);
  }
  const getBlob = turns.inTurn(
    async (_, digest) => ({
      descriptor: { mediaType: "", digest, size: 0 },
      body: (async function* () {})(),
      [Symbol.asyncDispose]: async () => undefined,
    }),
    (digest) => digest,
  );
  const ask = (digest: Digest, signal?: AbortSignal) => {
    const asked = { isGiven: false, done: Promise.resolve() };
    asked.done = getBlob("app", digest, signal ? { signal } : {}).then(() => {
      asked.isGiven = true;
    });
    return asked;
  };
  const pass = async (ms: number) => {
    for (let at = 0; at < ms; at += stepMs) {
      await settle();
      clock.advance(stepMs);
    }
    await settle();
  };
  return { ask, pass, say: (digest: Digest, status: string) => statuses.set(digest, status) };
}

/** What can go on without the clock, has. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("LayerTurns asks for the next layer, and for the one after it when the daemon is done with one below", async () => {
  const { ask, pass, say } = open(500_000_000);
  const [next, later] = [ask(second), ask(third)];
  await pass(5000);
  assert.deepEqual([next.isGiven, later.isGiven], [true, false]);
  say(first, "Extracting");
  await pass(1000);
  assert.equal(later.isGiven, false);
  say(first, "Pull complete");
  await pass(stepMs);
  assert.equal(later.isGiven, true);
});

test("LayerTurns holds nothing back of a source that has not shown itself fast", async () => {
  const { ask, pass } = open(50_000_000);
  const asked = digests.map((digest) => ask(digest));
  await pass(0);
  assert.deepEqual(
    asked.map(({ isGiven }) => isGiven),
    [true, true, true, true],
  );
});

test("LayerTurns holds nothing back behind so little that the daemon is soon done with it", async () => {
  const { ask, pass } = open(500_000_000, [20_000_000, 20_000_000, 1000, 20_000_000]);
  const asked = digests.map((digest) => ask(digest));
  await pass(0);
  assert.ok(asked.every(({ isGiven }) => isGiven));
});

test("LayerTurns has a large layer come that takes longer than what is ahead of it", async () => {
  const { ask, pass } = open(500_000_000, [layerBytes, layerBytes, 10 * layerBytes, layerBytes]);
  const large = ask(third);
  await pass(0);
  assert.ok(large.isGiven);
});

test("LayerTurns waits for ten seconds for a daemon that is done with nothing", async () => {
  const { ask, pass } = open(500_000_000);
  const asked = ask(third);
  await pass(9900);
  assert.equal(asked.isGiven, false);
  await pass(200);
  assert.equal(asked.isGiven, true);
});

test("LayerTurns takes layers that the daemon has for done, and lets what is no layer pass", async () => {
  const { ask, pass, say } = open(500_000_000);
  say(first, "Already exists");
  const asked = [ask(third), ask(`sha256:${"e".repeat(64)}`)];
  await pass(0);
  assert.ok(asked.every(({ isGiven }) => isGiven));
});

test("LayerTurns lets go of a layer that is not wanted any more", async () => {
  const { ask } = open(500_000_000);
  const ending = new AbortController();
  const { done } = ask(third, ending.signal);
  ending.abort(new Error("the daemon has left"));
  await assert.rejects(done, /the daemon has left/);
});
