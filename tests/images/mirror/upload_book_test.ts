import assert from "node:assert/strict";
import { readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { UploadSessions } from "../../../registry/mod.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import { UploadBook } from "../../../src/images/mirror/upload_book.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { RecordingLog } from "../../executor/recording_log.ts";
import { type Fixture, openFixture } from "../../fakes/own_runtime.ts";

const digest = digestOf(Buffer.from("a layer"));
const dayMs = 86_400_000;

function openBook({ path }: Fixture, log = silentLog, clock = systemClock): UploadBook {
  return new UploadBook([join(path, "state")], log, clock);
}

async function note(sessions: UploadSessions, repository: string, id: string): Promise<void> {
  await using kept = await sessions.open(repository, digest);
  await kept?.note(id);
}

async function find(sessions: UploadSessions, repository: string): Promise<string | undefined> {
  await using kept = await sessions.open(repository, digest);
  assert.ok(kept);
  return kept.found;
}

test("an UploadBook tells the next process of a session, which nobody else of this host may read", async () => {
  await using fixture = await openFixture();
  await note(openBook(fixture).at("a:5000"), "team/app", "one");
  const later = openBook(fixture);
  assert.equal(await find(later.at("a:5000"), "team/app"), "one");
  assert.equal(await find(later.at("b:5000"), "team/app"), undefined);
  assert.equal(await find(later.at("a:5000"), "team/other"), undefined);
  const folder = join(fixture.path, "state", "uploads");
  const [file = "", ...others] = await readdir(folder);
  assert.deepEqual(others, []);
  assert.match(file, /\.json$/);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600);
  {
    await using kept = await later.at("a:5000").open("team/app", digest);
    await kept?.forget();
  }
  assert.deepEqual(await readdir(folder), []);
});

test("an UploadBook gives a session to one at a time", async () => {
  await using fixture = await openFixture();
  const [first, second] = [openBook(fixture), openBook(fixture)];
  {
    await using kept = await first.at("a").open("app", digest);
    assert.ok(kept);
    assert.equal(await second.at("a").open("app", digest), undefined);
    await using other = await second.at("a").open("other", digest);
    assert.ok(other);
  }
  assert.equal(await find(second.at("a"), "app"), undefined);
});

test("an UploadBook forgets what registries do not keep any more", async () => {
  await using fixture = await openFixture();
  await note(openBook(fixture).at("a"), "app", "one");
  await note(openBook(fixture).at("a"), "other", "two");
  let laterMs = dayMs - 60_000;
  const clock = { ...systemClock, now: () => Date.now() + laterMs };
  const book = openBook(fixture, silentLog, clock);
  assert.equal(await find(book.at("a"), "app"), "one");
  laterMs = dayMs + 60_000;
  assert.equal(await find(book.at("a"), "app"), undefined);
  const folder = join(fixture.path, "state", "uploads");
  assert.equal((await readdir(folder)).length, 2);
  await find(openBook(fixture, silentLog, clock).at("a"), "app");
  assert.deepEqual(await readdir(folder), []);
});

test("an UploadBook leaves an old note to who is at it", async () => {
  await using fixture = await openFixture();
  await using kept = await openBook(fixture).at("a").open("app", digest);
  await kept?.note("one");
  const folder = join(fixture.path, "state", "uploads");
  for (const name of await readdir(folder)) await utimes(join(folder, name), 1, 1);
  await find(openBook(fixture).at("a"), "other");
  assert.equal((await readdir(folder)).length, 2);
});

test("an UploadBook that cannot be read or made says so, and keeps nobody from uploading", async () => {
  await using fixture = await openFixture();
  await note(openBook(fixture).at("a"), "app", "one");
  const folder = join(fixture.path, "state", "uploads");
  const [file = ""] = await readdir(folder);
  for (const text of ["{", "{}", '{"session":c2VjcmV0}', '{"blob":"a","session":"b","begunMs":"c2VjcmV0"}']) {
    await writeFile(join(folder, file), text);
    const log = new RecordingLog();
    assert.equal(await find(openBook(fixture, log).at("a"), "app"), undefined);
    assert.deepEqual(log.messages("info"), ["cannot remember an upload"]);
    assert.match(JSON.stringify(log.lines), /Cannot read .*\.json.*: found no note of an upload/);
    assert.doesNotMatch(JSON.stringify(log.lines), /c2VjcmV0/, "what is in it may be as good as a password");
  }
  const log = new RecordingLog();
  const book = new UploadBook([join(folder, file)], log);
  assert.equal(await book.at("a").open("app", digest), undefined);
  assert.equal(await book.at("a").open("app", digest), undefined);
  assert.deepEqual(log.messages("info"), ["uploads that break off with this process will begin anew"]);
});
