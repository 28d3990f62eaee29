import assert from "node:assert/strict";
import { test } from "node:test";
import { type LayerProgress, PullBook } from "../../../src/images/ensure/pull_book.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";

const digests = ["a", "b"].map((text) => `sha256:${text.repeat(64)}` as const);
const [first, second] = digests as [`sha256:${string}`, `sha256:${string}`];
const [one, two] = ["a".repeat(12), "b".repeat(12)] as const;

function openBench() {
  const clock = new FakeClock();
  const told: LayerProgress[] = [];
  const layers = digests.map((digest) => ({ mediaType: "layer", digest, size: 100 }));
  return { clock, told, book: new PullBook(layers, { clock, tell: (layer) => told.push(layer) }) };
}

test("PullBook counts what comes, of layers and of other blobs, and tells of layers now and then", () => {
  const { clock, told, book } = openBench();
  clock.advance(1000);
  book.came(first, 10, 10, "mirror");
  book.came(first, 10, 20, "mirror");
  book.came(`sha256:${"c".repeat(64)}`, 7, 7, "mirror");
  assert.equal(book.fetchedBytes, 27);
  assert.deepEqual(told, [{ id: one, status: "Downloading", currentBytes: 10, totalBytes: 100, source: "mirror" }]);
  clock.advance(250);
  book.came(first, 10, 30, "origin");
  book.came(first, 70, 100, "origin");
  assert.deepEqual(
    told.slice(1).map(({ currentBytes, source }) => [currentBytes, source]),
    [
      [30, "origin"],
      [100, "origin"],
    ],
  );
});

test("PullBook hears of the daemon what becomes of a layer, and not how it gets it from us", () => {
  const { told, book } = openBench();
  book.heard({ id: one, status: "Downloading", currentBytes: 3, totalBytes: 100 });
  book.heard({ id: "tag", status: "Pulling from app" });
  book.heard({ status: "Digest: sha256:00" });
  assert.deepEqual(told, []);
  book.heard({ id: two, status: "Already exists" });
  book.heard({ id: one, status: "Extracting", currentBytes: 50, totalBytes: 100 });
  assert.deepEqual(told, [
    { id: two, status: "Already exists", totalBytes: 100 },
    { id: one, status: "Extracting", currentBytes: 50, totalBytes: 100 },
  ]);
  assert.deepEqual(
    book.layers.map(({ status }) => status),
    ["Extracting", "Already exists"],
  );
});

test("PullBook takes it for no movement when the daemon says the same again, as containerd does all the time", () => {
  const { clock, told, book } = openBench();
  const say = (progress: { id: string; status: string; currentBytes?: number }) => {
    clock.advance(1000);
    book.heard(progress);
  };
  for (const id of [one, two]) say({ id, status: "Downloading", currentBytes: 3 });
  say({ id: two, status: "Download complete" });
  const movedAt = clock.now();
  assert.equal(book.movedAt, movedAt);
  say({ id: one, status: "Downloading", currentBytes: 3 });
  say({ id: two, status: "Download complete" });
  assert.equal(book.movedAt, movedAt);
  assert.equal(told.length, 1, "nor is it told again");
  say({ id: one, status: "Downloading", currentBytes: 4 });
  assert.equal(book.movedAt, clock.now());
});

test("PullBook tells of a layer under its own name when the daemon is given it unpacked", () => {
  const { told, book } = openBench();
  const unpacked = `sha256:${"d".repeat(64)}` as const;
  book.alsoKnownAs(new Map([[unpacked, { mediaType: "layer", digest: first, size: 100 }]]));
  book.heard({ id: "d".repeat(12), status: "Extracting", currentBytes: 50, totalBytes: 200 });
  assert.deepEqual(told, [{ id: one, status: "Extracting", currentBytes: 50, totalBytes: 200 }]);
});

test("PullBook knows when anything has moved", () => {
  const { clock, book } = openBench();
  for (const move of [
    () => book.came(second, 1, 1, "origin"),
    () => book.went(),
    () => book.heard({ status: "Waiting" }),
  ]) {
    clock.advance(1000);
    move();
    assert.equal(book.movedAt, clock.now());
  }
});

test("PullBook tells of all layers at its beginning", () => {
  const { told, book } = openBench();
  book.begin();
  assert.deepEqual(told, [
    { id: one, status: "Waiting", totalBytes: 100 },
    { id: two, status: "Waiting", totalBytes: 100 },
  ]);
});
