import assert from "node:assert/strict";
import { test } from "node:test";
import { type Wanted, WantedSet } from "../../../src/images/warm/wanted_set.ts";
import { RecordingLog } from "../../executor/recording_log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

/** Settings that a test changes. */
function settingsOf(wanted: Wanted) {
  return { value: { wanted }, look: () => false };
}

test("WantedSet follows its file, and another one that is named instead, of which it is told", async () => {
  await using folder = await openFixture();
  const path = await folder.write("a.yaml", "images: [{ image: one }]");
  const settings = settingsOf({ kind: "file", path });
  const log = new RecordingLog();
  const wanted = await WantedSet.open(settings, log);
  const names = () => wanted.set.images.map(({ reference }) => reference);
  assert.equal(await wanted.look(), false);
  await folder.write("a.yaml", "images: [{ image: other }]");
  assert.deepEqual([await wanted.look(), names()], [true, ["other"]]);
  const missing = `${folder.path}/b.yaml`;
  settings.value = { wanted: { kind: "file", path: missing } };
  assert.deepEqual([await wanted.look(), await wanted.look(), names()], [false, false, ["other"]]);
  assert.equal(log.messages("error").length, 1, "it is told once");
  assert.match(log.messages("error")[0] ?? "", /Cannot use ".*b\.yaml": .*; what was wanted before goes on to be$/);
  await folder.write("a.yaml", "images: [{ image: third }]");
  assert.deepEqual([await wanted.look(), names()], [true, ["third"]], "the one before is followed meanwhile");
  await folder.write("b.yaml", "images: [{ image: fourth }]");
  assert.deepEqual([await wanted.look(), names(), wanted.set.file], [true, ["fourth"], missing]);
  assert.equal(await wanted.look(), false);
});

test("WantedSet tells again of a file that is still missing when it is named anew", async () => {
  await using folder = await openFixture();
  const path = await folder.write("a.yaml", "images: [{ image: one }]");
  const settings = settingsOf({ kind: "file", path });
  const log = new RecordingLog();
  const wanted = await WantedSet.open(settings, log);
  for (const told of [1, 2]) {
    settings.value = { wanted: { kind: "file", path: `${folder.path}/b.yaml` } };
    for (let look = 0; look < 2; look++) assert.equal(await wanted.look(), false);
    assert.equal(log.messages("error").length, told);
    settings.value = { wanted: { kind: "file", path } };
    assert.equal(await wanted.look(), false);
  }
});

test("WantedSet takes images as they are given, and others when the settings say so", async () => {
  const image = { reference: "redis", name: "docker.io/library/redis:latest", priority: 0 };
  const settings = settingsOf({ kind: "images", images: [{ ...image, protectMs: 1 }] });
  const wanted = await WantedSet.open(settings, new RecordingLog());
  assert.equal(await wanted.look(), false);
  settings.value = { wanted: { kind: "images", images: [{ ...image, protectMs: 2 }] } };
  assert.deepEqual([await wanted.look(), wanted.set.images[0]?.protectMs], [true, 2]);
  assert.equal(await wanted.look(), false);
});
