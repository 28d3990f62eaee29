import assert from "node:assert/strict";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { PullPlace, sweepPulls } from "../../../src/images/ensure/pull_place.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { beginFile, leaveOver } from "../../registry/layout/left_over.ts";

const digest = (text: string) => `sha256:${text.repeat(64)}` as const;

async function openPlace(state: string, text: string, bytes = 100): Promise<PullPlace> {
  const place = new PullPlace(state, "daemon", digest(text));
  await place.open();
  await mkdir(place.folder, { recursive: true });
  await writeFile(join(place.folder, "layer"), new Uint8Array(bytes));
  return place;
}

async function age(place: PullPlace, ms: number): Promise<void> {
  const then = new Date(Date.now() - ms);
  await utimes(join(place.folder, "layer"), then, then);
  await utimes(place.folder, then, then);
}

test("PullPlace is another one for another image and for another daemon", () => {
  const folders = [
    new PullPlace("/state", "one", digest("a")),
    new PullPlace("/state", "one", digest("b")),
    new PullPlace("/state", "two", digest("a")),
  ].map(({ folder }) => folder);
  assert.equal(new Set(folders).size, 3);
  assert.equal(new PullPlace("/state", "one", digest("a")).folder, folders[0]);
});

test("PullPlace tells what was told last, and nothing once it is cleared", async () => {
  await using fixture = await openFixture();
  const place = await openPlace(fixture.path, "a");
  assert.equal(await place.read(), undefined);
  await place.write({ names: ["127.0.0.1:1/a@b"], layers: [] });
  assert.deepEqual(await place.read(), { names: ["127.0.0.1:1/a@b"], layers: [] });
  await place.clear();
  assert.equal(await place.read(), undefined);
  assert.deepEqual(await readdir(place.parent), []);
});

test("PullPlace knows who waits, and leaves their files when it is cleared", async () => {
  await using fixture = await openFixture();
  const place = await openPlace(fixture.path, "a");
  assert.equal(await place.hasWaiting(), false);
  {
    await using _one = await place.openWaiting();
    assert.equal(await place.hasWaiting(), true);
    await place.clear();
    assert.equal(await place.hasWaiting(), true);
  }
  assert.equal(await place.hasWaiting(), false);
});

test("sweepPulls() removes what is old, and the oldest of what is too much; never what is being pulled", async () => {
  await using fixture = await openFixture();
  const [old, locked, big, young] = await Promise.all(
    ["a", "b", "c", "d"].map((text) => openPlace(fixture.path, text, text === "c" ? 5000 : 100)),
  );
  assert.ok(old && locked && big && young);
  await age(old, 100_000);
  await age(locked, 100_000);
  await age(big, 5000);
  await using _lock = await locked.tryLock(systemClock);
  await sweepPulls(fixture.path, systemClock, { bytes: 1000, ageMs: 50_000 });
  const left = await readdir(young.parent);
  const namesOf = (...places: PullPlace[]) => places.map(({ folder }) => folder.slice(young.parent.length + 1));
  assert.deepEqual(left.filter((name) => !name.endsWith(".lock")).sort(), namesOf(locked, young).sort());
});

test("sweepPulls() finds nothing where nobody has pulled", async () => {
  await using fixture = await openFixture();
  await sweepPulls(fixture.path, systemClock, { bytes: 0, ageMs: 0 });
  assert.deepEqual(await readdir(fixture.path), []);
});

test("sweepPulls() takes what a killed writer has left, and no file that is being written", async () => {
  await using fixture = await openFixture();
  const { parent } = await openPlace(fixture.path, "a");
  const left = await leaveOver(parent);
  const begun = await beginFile(parent);
  await sweepPulls(fixture.path, systemClock, { bytes: 0, ageMs: 86_400_000 });
  const names = await readdir(parent);
  assert.deepEqual([names.includes(left), names.includes(begun)], [false, true]);
});
