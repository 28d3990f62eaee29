import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { PullHistory } from "../../../src/images/serving/pull_history.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { RecordingLog } from "../../executor/recording_log.ts";

async function openPlace() {
  const folder = await mkdtemp(join(tmpdir(), "mesos-docker-pulls-"));
  return {
    path: join(folder, "pulls.json"),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

test("a history knows the last pull and the count of tags, digests and repositories, the newest first", async () => {
  const history = await PullHistory.open(undefined, silentLog);
  history.note("a", "v1", 1000);
  history.note("b", "v1", 2000);
  history.note("a", "v1", 3000);
  history.note("a", "sha256:0", 2500);
  assert.deepEqual(history.of("a", "v1"), { lastMs: 3000, count: 2 });
  assert.deepEqual(history.of("a", "v1", "sha256:0"), { lastMs: 3000, count: 3 });
  assert.equal(history.of("a", "v2"), undefined);
  assert.deepEqual(history.ofRepositories(["a", "c"]), new Map([["a", { lastMs: 3000, count: 3 }]]));
  assert.deepEqual(
    [...history.newest()].map(({ repository, target }) => `${repository} ${target}`),
    ["a sha256:0", "a v1", "b v1"],
  );
});

test("a history is there again after a restart, and goes on counting", async () => {
  await using place = await openPlace();
  const before = await PullHistory.open(place.path, silentLog);
  before.note("team/app", "v1", 1000);
  await before.save();
  const after = await PullHistory.open(place.path, silentLog);
  assert.deepEqual(after.of("team/app", "v1"), { lastMs: 1000, count: 1 });
  after.note("team/app", "v1", 2000);
  await after.save();
  assert.deepEqual((await PullHistory.open(place.path, silentLog)).of("team/app", "v1"), { lastMs: 2000, count: 2 });
});

test("a history writes nothing when nothing has changed", async () => {
  await using place = await openPlace();
  const history = await PullHistory.open(place.path, silentLog);
  await history.save();
  await assert.rejects(stat(place.path), { code: "ENOENT" });
  history.note("a", "v1", 1);
  await history.save();
  const { ino } = await stat(place.path);
  await history.save();
  assert.equal((await stat(place.path)).ino, ino);
});

test("a history forgets the oldest of too many", async () => {
  await using place = await openPlace();
  const history = await PullHistory.open(place.path, silentLog);
  for (let at = 0; at <= 10_000; at++) history.note("a", `v${at}`, at);
  assert.equal(history.of("a", "v0"), undefined);
  assert.deepEqual(history.of("a", "v1"), { lastMs: 1, count: 1 });
  await history.save();
  assert.ok((await readFile(place.path, "utf8")).length < 500_000);
});

for (const text of [
  "",
  "{}",
  '{"kind":"mesos-docker pulls","version":2,"pulls":[]}',
  '{"kind":"mesos-docker pulls","version":1,"pulls":[["a"]]}',
  "null",
]) {
  test(`a history begins anew, with a warning, where it finds ${JSON.stringify(text)}`, async () => {
    await using place = await openPlace();
    await writeFile(place.path, text);
    const log = new RecordingLog();
    const history = await PullHistory.open(place.path, log);
    assert.deepEqual(log.messages("warn"), ["cannot read when images were pulled"]);
    history.note("a", "v1", 5);
    await history.save();
    assert.deepEqual((await PullHistory.open(place.path, silentLog)).of("a", "v1"), { lastMs: 5, count: 1 });
  });
}

test("a history that cannot be written is warned of, and written when it can", async () => {
  await using place = await openPlace();
  const log = new RecordingLog();
  const history = await PullHistory.open(place.path, log);
  history.note("a", "v1", 5);
  await mkdir(place.path);
  await history.save();
  assert.deepEqual(log.messages("warn"), ["cannot write when images were pulled"]);
  await rm(place.path, { recursive: true });
  await history.save();
  assert.deepEqual((await PullHistory.open(place.path, silentLog)).of("a", "v1"), { lastMs: 5, count: 1 });
});
