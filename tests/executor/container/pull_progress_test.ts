import assert from "node:assert/strict";
import { test } from "node:test";
import { PullProgress } from "../../../src/executor/container/pull_progress.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { RecordingLog } from "../recording_log.ts";

function openBench() {
  const clock = new FakeClock();
  const log = new RecordingLog();
  return { clock, log, pull: new PullProgress({ clock, log }) };
}

test("a pull that nobody has heard of has no overview", () => {
  assert.equal(openBench().pull.overview, undefined);
});

test("a pull is followed layer by layer", () => {
  const { pull } = openBench();
  pull.note("redis:7", { id: "7", status: "Pulling from library/redis" });
  pull.note("redis:7", { id: "l1", status: "Already exists" });
  pull.note("redis:7", { id: "l2", status: "Downloading", currentBytes: 3, totalBytes: 10 });
  pull.note("redis:7", { id: "l3", status: "Waiting" });
  pull.note("redis:7", { status: "Digest: sha256:00" });
  assert.deepEqual(pull.overview, {
    image: "redis:7",
    layers: [
      { id: "l1", status: "Already exists" },
      { id: "l2", status: "Downloading", currentBytes: 3, totalBytes: 10 },
      { id: "l3", status: "Waiting" },
    ],
  });
});

for (const line of [
  { status: "Download complete" },
  { status: "Extracting", currentBytes: 1, totalBytes: 10 },
  { status: "Pull complete" },
]) {
  test(`a layer of which the daemon says "${line.status}" counts as fetched`, () => {
    const { pull } = openBench();
    pull.note("redis", { id: "l1", status: "Downloading", currentBytes: 3, totalBytes: 10 });
    pull.note("redis", { id: "l1", ...line });
    assert.deepEqual(pull.overview?.layers, [{ id: "l1", status: line.status, currentBytes: 10, totalBytes: 10 }]);
  });
}

test("who sent the bytes of a layer is kept when nobody says so again", () => {
  const { pull } = openBench();
  pull.note("redis", { id: "l1", status: "Downloading", currentBytes: 3, totalBytes: 10, source: "mirror" });
  pull.note("redis", { id: "l1", status: "Pull complete" });
  const layer = { id: "l1", status: "Pull complete", currentBytes: 10, totalBytes: 10, source: "mirror" };
  assert.deepEqual(pull.overview?.layers, [layer]);
});

test("the next image begins anew", () => {
  const { pull } = openBench();
  pull.note("redis", { id: "l1", status: "Waiting" });
  pull.note("busybox", { id: "l2", status: "Waiting" });
  assert.deepEqual(pull.overview, { image: "busybox", layers: [{ id: "l2", status: "Waiting" }] });
});

test("the log tells of a pull every few seconds, however much the daemon says", () => {
  const { clock, log, pull } = openBench();
  const hear = (currentBytes: number) =>
    pull.note("redis", { id: "l1", status: "Downloading", currentBytes, totalBytes: 10 });
  hear(1);
  clock.advance(4999);
  hear(2);
  assert.deepEqual(log.lines, [], "a short pull is not told");
  clock.advance(1);
  hear(3);
  hear(4);
  pull.note("redis", { id: "l2", status: "Pull complete" });
  const fields = { image: "redis", layers: 1, fetchedLayers: 0, fetchedBytes: 3, knownBytes: 10 };
  assert.deepEqual(log.lines, [{ level: "info", message: "pulling", fields }]);
});
