import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError } from "../../../src/docker/mod.ts";
import { collectImages, previewCollection } from "../../../src/images/gc/collect.ts";
import { takeLease } from "../../../src/images/leases/leases.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { idOf } from "../specimens.ts";
import { GcBench, keptOf, removedOf } from "./gc_bench.ts";

test("collectImages() begins at the high mark, ends at the low one, and gives a reason for every image (J 56)", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  const report = await collectImages(await bench.parts());
  assert.deepEqual(report.reached, ["bytes"]);
  assert.deepEqual(removedOf(report), ["image-1:1", "image-2:1", "image-3:1"]);
  assert.deepEqual(report.left, { bytes: 0, inodes: 0 });
  assert.equal(report.freedBytes, 300);
  assert.equal(report.verdicts.length, 9);
  assert.ok(Object.values(keptOf(report)).every((reason) => reason === "enough"));
  const again = await collectImages(await bench.parts());
  assert.deepEqual(again.reached, [], "nothing goes between the marks");
  assert.equal(bench.names.length, 6);
});

test("previewCollection() says the same and removes nothing", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  const report = await previewCollection(await bench.parts());
  assert.deepEqual(removedOf(report), ["image-1:1", "image-2:1", "image-3:1"]);
  assert.equal(report.verdicts.length, 9);
  assert.deepEqual(bench.engine.callsOf("removeImage"), []);
  assert.equal(bench.names.length, 9);
});

test("collectImages() never uses force, leaves what the daemon refuses, and takes the next one (J 58)", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  bench.engine.store.inUse = ({ id }) => (id === idOf(1) ? "image is being used by stopped container c" : undefined);
  const report = await collectImages(await bench.parts());
  assert.deepEqual(removedOf(report), ["image-2:1", "image-3:1", "image-4:1"]);
  assert.equal(keptOf(report)["image-1:1"], "used");
  assert.deepEqual(
    bench.engine.store.detailed.find(({ id }) => id === idOf(1))?.names,
    ["image-1:1"],
    "it is called as before",
  );
  for (const { options } of bench.engine.callsOf("removeImage")) assert.equal(options, undefined);
});

test("names that were taken before the daemon refused the last one are given back", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  const image = bench.engine.store.detailed[0]!;
  image.names = ["image-1:1", "b:1"];
  bench.engine.store.inUse = ({ id }) => (id === image.id ? "conflict" : undefined);
  await collectImages(await bench.parts());
  const touched = bench.engine.callsOf("removeImage").map(({ subject }) => subject);
  assert.deepEqual(touched.slice(0, 2), ["image-1:1", "b:1"]);
  assert.deepEqual(image.names.toSorted(), ["b:1", "image-1:1"]);
});

/** An inventory that is taken, and then something happens before anything is done with it. */
async function surprise(bench: GcBench, happen: () => Promise<unknown>) {
  const parts = await bench.parts();
  const { inventory } = parts;
  let isFirst = true;
  const take = async () => {
    const taken = await inventory.take();
    if (isFirst) await happen();
    isFirst = false;
    return taken;
  };
  return { ...parts, inventory: { take, noteRemoved: inventory.noteRemoved.bind(inventory) } };
}

test("a launch that takes a lease between plan and removal is respected (J 58)", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  const lease = () => takeLease(bench.state, { reference: "image-1:1", purpose: "task t" });
  const report = await collectImages(await surprise(bench, lease));
  assert.deepEqual(removedOf(report), ["image-2:1", "image-3:1", "image-4:1"]);
  assert.equal(keptOf(report)["image-1:1"], "leased");
  const asked = bench.engine.callsOf("removeImage").map(({ subject }) => subject);
  assert.ok(!asked.includes("image-1:1"), "the daemon is not even asked");
});

test("a container that comes between plan and removal is respected, whatever the daemon would do (J 58)", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  const create = async () => {
    bench.engine.store.names.add("image-1:1");
    await bench.engine.createContainer({ name: "late", body: { Image: "image-1:1" } });
    bench.engine.store.names.delete("image-1:1");
  };
  const report = await collectImages(await surprise(bench, create));
  assert.deepEqual(removedOf(report), ["image-2:1", "image-3:1", "image-4:1"]);
  assert.equal(keptOf(report)["image-1:1"], "used");
  const asked = bench.engine.callsOf("removeImage").map(({ subject }) => subject);
  assert.ok(!asked.includes("image-1:1"), "the daemon is not even asked");
});

test("an image that got another name since it was looked at stays, with all its names", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  const image = bench.engine.store.detailed[0]!;
  const report = await collectImages(await surprise(bench, () => bench.engine.tagImage("image-1:1", "new:1")));
  assert.equal(keptOf(report)["image-1:1"], "renamed");
  assert.deepEqual(image.names.toSorted(), ["image-1:1", "new:1"]);
});

test("an image of which the daemon tells nothing goes by its names, but for those that lead elsewhere by now", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  const [first, second] = bench.engine.store.detailed;
  first!.names.push("moved:1");
  const parts = await surprise(bench, async () => {
    first!.names.pop();
    second!.names.push("moved:1");
    const { inspectImage } = bench.engine;
    bench.engine.inspectImage = async (reference, options) => {
      const found = await inspectImage(reference, options);
      return found?.Id === first!.id ? undefined : found;
    };
  });
  const report = await collectImages({ ...parts, rules: { ...parts.rules, maxImages: 1 } });
  assert.deepEqual(removedOf(report), ["image-1:1", "moved:1"]);
  assert.ok(!bench.names.includes("image-1:1"));
  assert.ok(bench.names.includes("moved:1"), "it is another image's");
});

test("an image without a name of which the daemon tells nothing goes by its id", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  const [image] = bench.engine.store.detailed;
  image!.names = [];
  image!.digests = [];
  const { inspectImage } = bench.engine;
  bench.engine.inspectImage = async (reference, options) =>
    reference === image!.id ? undefined : await inspectImage(reference, options);
  await bench.state.arrivals.put(image!.id, { imageId: image!.id, reference: "x", atMs: 1 });
  const parts = await bench.parts();
  await collectImages({ ...parts, rules: { ...parts.rules, maxImages: 1 } });
  assert.deepEqual(
    bench.engine.callsOf("removeImage").map(({ subject }) => subject),
    [image!.id],
  );
});

test("one that cannot be removed is told of as failed, and the others go", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  bench.engine.once("removeImage", {
    kind: "fail",
    effect: "none",
    error: new EngineError("failed", "device is busy", { status: 500 }),
  });
  const report = await collectImages(await bench.parts());
  assert.deepEqual(
    report.verdicts.find(({ outcome }) => outcome === "failed"),
    { ...report.verdicts[0], outcome: "failed", detail: "device is busy" },
  );
  assert.equal(removedOf(report).length, 3);
});

test("a daemon that goes away ends the collection with its error", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  bench.engine.once("removeImage", {
    kind: "fail",
    effect: "none",
    error: new EngineError("absent", "nobody is there"),
  });
  await assert.rejects(collectImages(await bench.parts()), { code: "absent" });
});

test("collectImages() goes on when the disk gets fuller meanwhile, and says what is missing in the end", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  const parts = await bench.parts();
  let reads = 0;
  const readDisk = async () => {
    reads++;
    if (reads > 4) bench.other = 500;
    return bench.readDisk();
  };
  const report = await collectImages({ ...parts, readDisk });
  assert.equal(bench.names.length, 1);
  assert.deepEqual(report.left, { bytes: 0, inodes: 0 });
  bench.other = 900;
  bench.engine.store.inUse = () => "in use";
  const short = await collectImages(await bench.parts());
  assert.equal(short.left.bytes, 400);
});

test("collectImages() removes one after the other while inodes are short, and no more (J 61)", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  const readDisk = async () => ({
    ...bench.readDisk(),
    availableBytes: 900,
    freeInodes: 100 - bench.names.length * 10,
  });
  const report = await collectImages({ ...(await bench.parts()), readDisk });
  assert.deepEqual(report.reached, ["inodes"]);
  assert.deepEqual(removedOf(report), ["image-1:1", "image-2:1", "image-3:1"]);
});

test("collectImages() holds to the size of all images, and to the most that may go at once", async () => {
  await using fixture = await openFixture();
  const bench = new GcBench(fixture.path, 9);
  const marks = { highPercent: 100, lowPercent: 50, maxImageBytes: 800 };
  const parts = { ...(await bench.parts({ marks, maxImages: 2 })), readDisk: undefined };
  const report = await collectImages(parts);
  assert.deepEqual(removedOf(report), ["image-1:1", "image-2:1"]);
  assert.deepEqual(report.left, { bytes: 300, inodes: 0 });
  assert.equal(report.verdicts.length, 9);
});
