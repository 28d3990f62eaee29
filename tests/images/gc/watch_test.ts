import assert from "node:assert/strict";
import { test } from "node:test";
import type { GcReport } from "../../../src/images/gc/collect.ts";
import { type GcSettings, usualGcSettings } from "../../../src/images/gc/gc_settings.ts";
import { MissingImages } from "../../../src/images/gc/missing_images.ts";
import { watchImages } from "../../../src/images/gc/watch.ts";
import type { WarmedImage } from "../../../src/images/inventory/warmed_image.ts";
import type { Followed } from "../../../src/runtime/followed.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { RecordingLog } from "../../executor/recording_log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { idOf } from "../specimens.ts";
import { GcBench, removedOf } from "./gc_bench.ts";

const settings: GcSettings = { ...usualGcSettings, low: 60, minAge: 0, interval: 1000 };
const fixed: Followed<GcSettings> = { value: settings, look: () => false };

test("watchImages() collects when a mark is reached, asks the daemon for nothing before, and outlives its troubles", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 5);
  const parts = await bench.parts();
  const callsBefore = bench.engine.calls.length;
  const ending = new AbortController();
  const log = new RecordingLog();
  let looks = 0;
  let callsWhileIdle = 0;
  const readDisk = async () => {
    looks++;
    if (looks === 20) callsWhileIdle = bench.engine.calls.length - callsBefore;
    if (looks === 20) bench.other = 400;
    if (looks === 21) throw new Error("stale file handle");
    return bench.readDisk();
  };
  const reports: GcReport[] = [];
  await watchImages({
    ...parts,
    readDisk,
    log,
    signal: ending.signal,
    settings: fixed,
    onReport: (report) => {
      reports.push(report);
      ending.abort();
    },
    onMissing: () => assert.fail("nothing is missing"),
  });
  assert.equal(callsWhileIdle, 0);
  assert.deepEqual(log.messages("error"), ["cannot collect images"]);
  assert.deepEqual(removedOf(reports[0]!), ["image-1:1", "image-2:1", "image-3:1"]);
});

test("watchImages() tells of a warm image that somebody has removed by hand (J 59)", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 2);
  await bench.state.warm.put("w", { reference: "image-1:1", imageId: idOf(1), warmedAtMs: 1 });
  const ending = new AbortController();
  const { promise: told, resolve: tell } = Promise.withResolvers<WarmedImage>();
  const watching = watchImages({
    ...(await bench.parts()),
    log: silentLog,
    signal: ending.signal,
    settings: fixed,
    onReport: () => undefined,
    onMissing: tell,
  });
  const happen = (id: string) =>
    bench.engine.happenings.push({ type: "image", action: "delete", id, attributes: {}, timeMs: 5 });
  happen(idOf(1));
  await bench.engine.removeImage("image-1:1");
  happen(idOf(2));
  happen(idOf(1));
  assert.equal((await told).reference, "image-1:1");
  ending.abort();
  await watching;
});

test("MissingImages tells once of a warm image that goes, with all its sets, and again when it had come back", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 2);
  const image = { reference: "image-1:1", imageId: idOf(1), warmedAtMs: 1 };
  await bench.state.warm.put("a", { ...image, set: "/a.yaml" });
  await bench.state.warm.put("b", { ...image, set: "/b.yaml" });
  const told: WarmedImage[] = [];
  const missing = new MissingImages({ ...bench, onMissing: (one) => told.push(one) });
  const happen = (action: string) => missing.note({ type: "image", action, id: idOf(1), attributes: {}, timeMs: 5 });
  const here = structuredClone(bench.engine.store.detailed);
  await bench.engine.removeImage("image-1:1");
  await Promise.all([happen("untag"), happen("untag"), happen("delete")]);
  assert.deepEqual(told, [{ ...image, sets: ["/a.yaml", "/b.yaml"] }]);
  bench.engine.store.detailed = here;
  await happen("tag");
  await happen("untag");
  assert.equal(told.length, 1, "it is here");
  await bench.engine.removeImage("image-1:1");
  await happen("delete");
  assert.equal(told.length, 2);
});

test("watchImages() ends with the error when it cannot follow what happens, for no reason that the daemon has", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 2);
  const parts = await bench.parts();
  bench.engine.happenings.break(new TypeError("a mistake of ours"));
  const watching = watchImages({
    ...parts,
    log: silentLog,
    signal: new AbortController().signal,
    settings: fixed,
    onReport: () => undefined,
    onMissing: () => undefined,
  });
  await assert.rejects(watching, { name: "TypeError", message: "a mistake of ours" });
});

test("watchImages() looks at once, and by other marks, when other settings hold", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 5);
  const ending = new AbortController();
  const marks = { value: { ...settings, interval: 3_600_000 }, looks: 0 };
  const startMs = bench.clock.now();
  const reports: GcReport[] = [];
  await watchImages({
    ...(await bench.parts()),
    log: silentLog,
    signal: ending.signal,
    settings: {
      get value() {
        return marks.value;
      },
      look: () => {
        marks.looks++;
        if (marks.looks !== 3) return false;
        marks.value = { ...settings, high: 40, low: 30 };
        return true;
      },
    },
    onReport: (report) => {
      reports.push(report);
      ending.abort();
    },
    onMissing: () => undefined,
  });
  assert.deepEqual(removedOf(reports[0]!), ["image-1:1", "image-2:1"]);
  assert.ok(bench.clock.now() - startMs < 60_000, "the interval of an hour is not waited for");
});
