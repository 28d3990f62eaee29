import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { EngineEvent } from "../../../src/docker/mod.ts";
import { UsageBook } from "../../../src/images/inventory/usage_book.ts";
import { replayEvents, UsageNoter } from "../../../src/images/inventory/usage_events.ts";
import { readUsage, writeUsage } from "../../../src/images/inventory/usage_file.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { recordWarnings } from "../../credentials/recording_log.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { beginFile, leaveOver } from "../../registry/layout/left_over.ts";
import { idOf } from "../specimens.ts";

const [a, b] = [idOf(1), idOf(2)];
const day = 24 * 3_600_000;

function event(type: string, action: string, id: string, timeMs: number, attributes = {}): EngineEvent {
  return { type, action, id, timeMs, attributes };
}

test("a book keeps the last use and the last arrival, in whatever order they are noted", () => {
  const book = new UsageBook();
  assert.equal(book.isChanged, false);
  book.noteUsed(a, 20);
  book.noteUsed(a, 10);
  book.noteArrival(a, 30, "none");
  book.noteArrival(a, 25, "registry");
  book.noteArrival(a, 26, "none");
  book.noteSeen(a, 40);
  assert.deepEqual(book.find(a), { arrivedMs: 30, lastSeenMs: 40, lastUsedMs: 20, origin: "registry" });
  assert.equal(book.isChanged, true);
});

test("a book forgets what has not been there for a month, and no more than it has room for", () => {
  const book = new UsageBook();
  book.noteSeen(a, day);
  book.noteSeen(b, 40 * day);
  for (let number = 10; number < 20_100; number++) book.noteSeen(idOf(number), 41 * day);
  const { images } = book.toDocument(42 * day);
  assert.equal(images[a], undefined);
  assert.equal(images[b], undefined);
  assert.equal(Object.keys(images).length, 20_000);
});

test("usage is there after a restart, with what another process has written meanwhile (J 60)", async () => {
  await using fixture = await openFixture();
  const path = `${fixture.path}/images/usage.json`;
  const options = { nowMs: 100, log: silentLog };
  const [one, other] = [await readUsage(path, silentLog), await readUsage(path, silentLog)];
  one.noteUsed(a, 10);
  one.noteEvents(15);
  other.noteUsed(b, 20);
  other.noteUsed(a, 5);
  other.noteEvents(12);
  await writeUsage(path, one, options);
  assert.equal(one.isChanged, false);
  await writeUsage(path, other, options);
  const after = await readUsage(path, silentLog);
  assert.equal(after.find(a)?.lastUsedMs, 10);
  assert.equal(after.find(b)?.lastUsedMs, 20);
  assert.equal(after.seenUntilMs, 15);
  assert.equal(after.isChanged, false);
});

test("a file of usage that makes no sense is put aside with a warning, and begun anew", async () => {
  await using fixture = await openFixture();
  const path = `${fixture.path}/usage.json`;
  for (const text of ["{", "[]", '{"version":2,"images":{}}', '{"version":1,"images":{"x":{"arrivedMs":"y"}}}']) {
    await writeFile(path, text);
    const { log, warnings } = recordWarnings();
    const book = await readUsage(path, log);
    assert.deepEqual(warnings, ["usage of images is begun anew"], text);
    assert.equal(book.seenUntilMs, undefined);
    assert.ok(existsSync(`${path}.unusable`) && !existsSync(path));
  }
  await assert.rejects(readUsage(fixture.path, silentLog), { name: "StateError", message: /^Cannot read "/ });
});

test("containers' events count for the image that they are of, also when its name has moved on", async () => {
  const engine = new FakeEngine({
    images: ["app:1"],
    onCreate: (container) => {
      container.imageId = a;
    },
  });
  engine.store.detailed.push({ id: b, names: ["moved:1"], digests: [], layers: [] });
  const { id } = await engine.createContainer({ body: { Image: "app:1" } });
  const book = new UsageBook();
  const noter = new UsageNoter(engine, book);
  await noter.note(event("container", "create", id, 10, { image: "moved:1" }));
  await engine.removeContainer(id);
  await noter.note(event("container", "die", id, 20, { image: "moved:1" }));
  assert.equal(book.find(a)?.lastUsedMs, 20, "the container is remembered when it has gone");
  await noter.note(event("container", "destroy", id, 21, { image: "moved:1" }));
  await noter.note(event("container", "start", id, 30, { image: "moved:1" }));
  assert.equal(book.find(b)?.lastUsedMs, 30, "a container that nobody knows is one of the image with that name now");
  await noter.note(event("container", "die", "other", 40, { image: "gone:1" }));
  await noter.note(event("container", "die", "another", 41));
  assert.equal(book.seenUntilMs, 41);
});

test("images' events tell where they came from", async () => {
  const engine = new FakeEngine();
  engine.store.detailed.push({ id: a, names: ["pulled:1"], digests: [], layers: [] });
  const book = new UsageBook();
  const noter = new UsageNoter(engine, book);
  await noter.note(event("image", "pull", "pulled:1", 10, { name: "pulled" }));
  await noter.note(event("image", "load", b, 11, { name: b }));
  await noter.note(event("container", "commit", "c", 12, { imageID: idOf(3), image: "pulled:1" }));
  await noter.note(event("image", "tag", idOf(4), 13, { name: "x:1" }));
  assert.deepEqual(
    [a, b, idOf(3), idOf(4)].map((id) => [book.find(id)?.origin, book.find(id)?.arrivedMs]),
    [
      ["registry", 10],
      ["none", 11],
      ["none", 12],
      [undefined, 13],
    ],
  );
});

test("replayEvents() notes what happened since the book was written, and says that it has", async () => {
  const engine = new FakeEngine();
  engine.store.detailed.push({ id: a, names: ["app:1"], digests: [], layers: [] });
  for (const timeMs of [10, 20, 30])
    engine.past.push(event("container", "start", `${timeMs}`, timeMs, { image: "app:1" }));
  const book = new UsageBook({ version: 1, seenUntilMs: 15, images: {} });
  await replayEvents(engine, book, { untilMs: 25 });
  assert.equal(book.find(a)?.lastUsedMs, 20);
  assert.equal(book.seenUntilMs, 25);
  assert.equal(engine.callsOf("inspectContainer").length, 1);
});

test("readUsage() takes away what a killed writer has left, and no file that is being written", async () => {
  await using fixture = await openFixture();
  const [left, begun] = [await leaveOver(fixture.path), await beginFile(fixture.path)];
  await readUsage(join(fixture.path, "usage.json"), silentLog);
  const names = await readdir(fixture.path);
  assert.deepEqual([names.includes(left), names.includes(begun)], [false, true]);
});
