import assert from "node:assert/strict";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { failsWith } from "../conformance/failure.ts";
import { collect, indexOf, list, pieces, pushManifest, randomBlob } from "../conformance/specimens.ts";
import { type Image, LimitedCache } from "./limited_cache.ts";

test("a cache that is too large loses the image that was read longest ago, down to a mark below its size (J 56)", async () => {
  await using bench = await LimitedCache.open(100_000);
  const images = [];
  for (const name of ["a", "b", "c"]) images.push(await bench.image(name, [30_000]));
  for (const image of images) await bench.pull(image);
  assert.deepEqual(bench.evicted, []);
  const [first] = images;
  await bench.pull(first!);
  await bench.pull(await bench.image("d", [20_000]));
  assert.deepEqual(bench.evictedNames, ["hub/b"], "a was read again, and one is enough");
  const [{ tags, bytes, lastUsedMs, digest } = assert.fail()] = bench.evicted;
  assert.deepEqual([tags, digest], [["v1"], images[1]!.manifest.descriptor.digest]);
  assert.equal(bytes, 30_100 + images[1]!.manifest.bytes.byteLength);
  assert.equal(lastUsedMs, bench.nowMs - 3 * 60_000);
  await failsWith("MANIFEST_UNKNOWN", bench.store.statManifest("hub/b", "v1"));
  await bench.pull(images[1]!);
  assert.deepEqual(bench.evictedNames, ["hub/b", "hub/c"], "what has gone comes again from upstream");
});

test("a cache remembers over a restart what was read last, and writes it down seldom (J 60)", async () => {
  await using bench = await LimitedCache.open(100_000);
  const images = [];
  for (const name of ["a", "b", "c"]) images.push(await bench.image(name, [30_000]));
  for (const image of images) await bench.pull(image);
  await bench.pull(images[0]!);
  const path = join(bench.root, "last-uses.json");
  const lastUse = `${bench.nowMs}`;
  // Nobody waits for it to be written.
  let written = "";
  while (!written.includes(lastUse)) written = await readFile(path, "utf8");
  await bench.read("a", images[0]!.blobs[1]!);
  assert.equal(await readFile(path, "utf8"), written, "not with every request");
  await bench.stop();
  await bench.start(60_000);
  await bench.cache.shrink();
  assert.deepEqual(bench.evictedNames, ["hub/b", "hub/c"]);
  assert.ok(await bench.has("hub/a", images[0]!.blobs[1]!.descriptor.digest));
  assert.deepEqual(bench.troubles, []);
});

test("a cache whose memory of uses cannot be read starts, says so, and goes by the times of its files", async () => {
  await using bench = await LimitedCache.open(100_000);
  for (const name of ["a", "b"]) {
    await bench.pull(await bench.image(name, [30_000]));
  }
  await bench.stop();
  await writeFile(join(bench.root, "last-uses.json"), "{");
  await bench.start(50_000);
  await bench.cache.shrink();
  assert.deepEqual(bench.troubles.map(String), ["SyntaxError: Cannot read last uses: found something else than JSON"]);
  assert.deepEqual(bench.evictedNames, ["hub/a"]);
});

test("a cache whose uses cannot be written down goes on, says so seldom, and writes all of them when it can", async () => {
  await using bench = await LimitedCache.open(100_000);
  const images = [];
  for (const name of ["a", "b", "c"]) images.push(await bench.image(name, [30_000]));
  const path = join(bench.root, "last-uses.json");
  await mkdir(path);
  for (const image of images) await bench.pull(image);
  await bench.pull(images[0]!);
  await bench.stop();
  // The first pull is a minute after the start, and nothing is written down before.
  const told = bench.troubles.splice(0).map(String);
  assert.equal(told.length, images.length + 2);
  for (const trouble of told) assert.ok(trouble.startsWith(`Error: Cannot write "${path}": E`), trouble);
  await bench.start(100_000);
  assert.match(String(bench.troubles.shift()), /^Error: Cannot read ".*last-uses\.json": EISDIR/);
  await rmdir(path);
  for (const image of images.toReversed()) await bench.pull(image);
  await bench.stop();
  await bench.start(60_000);
  await bench.cache.shrink();
  assert.deepEqual(bench.troubles, []);
  assert.deepEqual(bench.evictedNames, ["hub/c", "hub/b"]);
});

for (const [what, pin] of [
  ["by a prefix", () => "hub/team"],
  ["by its tag", () => "hub/team/a:v1"],
  ["by its digest", ({ manifest }: Image) => `hub/team/a@${manifest.descriptor.digest}`],
] as const) {
  test(`an image that is pinned ${what} is never taken out, and a cache that is too small for it says so`, async () => {
    await using bench = await LimitedCache.open(1_000_000);
    const pinned = await bench.image("team/a", [40_000]);
    await bench.pull(pinned);
    await bench.pull(await bench.image("team-b", [40_000]));
    await bench.stop();
    await bench.start(30_000, [pin(pinned)]);
    await bench.cache.shrink();
    assert.deepEqual(bench.evictedNames, ["hub/team-b"]);
    assert.ok(await bench.has("hub/team/a", pinned.blobs[1]!.descriptor.digest));
    assert.deepEqual(bench.crowded.at(-1), { bytes: 40_100 + pinned.manifest.bytes.byteLength, sizeBytes: 30_000 });
  });
}

test("a blob of two repositories stays for the other when one is evicted, whole and without upstream (J 47)", async () => {
  await using bench = await LimitedCache.open(1_000_000);
  const shared = randomBlob(40_000);
  const [a, b] = [await bench.image("a", [shared, 20_000]), await bench.image("b", [shared, 20_000])];
  await bench.pull(a);
  await bench.pull(b);
  const { digest } = shared.descriptor;
  await bench.stop();
  await bench.start(78_000);
  await bench.cache.shrink();
  assert.deepEqual(bench.evictedNames, ["hub/a"]);
  assert.equal(bench.evicted[0]!.bytes, 20_100 + a.manifest.bytes.byteLength, "what is shared does not become free");
  assert.equal(await bench.has("hub/a", digest), false);
  bench.upstream.manner = { kind: "hangs" };
  assert.deepEqual(await bench.read("b", shared), Buffer.from(shared.bytes));
});

test("a layer of two images of one repository stays for the other when one is evicted", async () => {
  await using bench = await LimitedCache.open(1_000_000);
  const shared = randomBlob(40_000);
  const [first, second] = [await bench.image("a", [shared, 20_000]), await bench.image("a", [shared, 20_000])];
  for (const image of [first, second]) await bench.pull(image, image.manifest.descriptor.digest);
  await bench.stop();
  await bench.start(78_000);
  await bench.cache.shrink();
  assert.deepEqual(
    bench.evicted.map(({ digest }) => digest),
    [first.manifest.descriptor.digest],
  );
  bench.upstream.manner = { kind: "hangs" };
  await bench.pull(second, second.manifest.descriptor.digest);
  await bench.stop();
  await bench.start(10_000);
  await bench.cache.shrink();
  assert.equal(await bench.has("hub/a", shared.descriptor.digest), false, "the last image takes it along");
});

test("what was pushed is never taken out, nor counted, though a cached image has the same blobs", async () => {
  await using bench = await LimitedCache.open(50_000);
  const [shared, other] = [randomBlob(60_000), randomBlob(80_000)];
  // Repositories are looked at by their names: one before those of the cache, and one behind them.
  const [first, own] = [
    await bench.image("app/own", [shared], bench.cache),
    await bench.image("own", [other], bench.cache),
  ];
  await bench.pull(await bench.image("a", [shared, other]));
  await bench.pull(await bench.image("b", [30_000]));
  assert.deepEqual(bench.evictedNames, []);
  await bench.pull(await bench.image("c", [30_000]));
  assert.deepEqual(bench.evictedNames, ["hub/a", "hub/b"]);
  for (const { name, blobs } of [first, own]) {
    for (const { descriptor } of blobs) assert.ok(await bench.has(name, descriptor.digest));
  }
  assert.deepEqual(await list(bench.store.listTags("own")), ["v1"]);
});

test("an index goes with the images that were read of it, and is as young as the youngest of them", async () => {
  await using bench = await LimitedCache.open(1_000_000);
  const [one, two] = [await bench.image("multi", [20_000]), await bench.image("multi", [20_000])];
  const index = indexOf([one.manifest, two.manifest]);
  await pushManifest(bench.upstream.content, "multi", index, ["v2"]);
  await bench.cache.getManifest("hub/multi", "v2");
  await bench.cache.getManifest("hub/multi", one.manifest.descriptor.digest);
  for (const blob of one.blobs) await bench.read("multi", blob);
  const other = await bench.image("other", [20_000]);
  await bench.pull(other);
  bench.nowMs += 60_000;
  await bench.cache.getManifest("hub/multi", one.manifest.descriptor.digest);
  await bench.stop();
  await bench.start(25_000);
  await bench.cache.shrink();
  assert.deepEqual(bench.evictedNames, ["hub/other"]);
  await bench.stop();
  await bench.start(10_000);
  await bench.cache.shrink();
  assert.deepEqual(bench.evictedNames, ["hub/other", "hub/multi"]);
  for (const digest of [index, one.manifest, ...one.blobs].map(({ descriptor }) => descriptor.digest)) {
    assert.equal(await bench.has("hub/multi", digest), false);
  }
});

test("what is being read is not evicted, and goes when it has been read", async () => {
  await using bench = await LimitedCache.open(1_000_000);
  const image = await bench.image("a", [3_000_000 / 10, 20]);
  await bench.pull(image);
  await bench.stop();
  await bench.start(1000);
  const { digest } = image.blobs[1]!.descriptor;
  const content = await bench.cache.getBlob("hub/a", digest);
  await bench.cache.shrink();
  assert.deepEqual(bench.evictedNames, []);
  assert.deepEqual(await collect(content.body), Buffer.from(image.blobs[1]!.bytes));
  await content[Symbol.asyncDispose]();
  while (bench.evicted.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(bench.evictedNames, ["hub/a"]);
});

test("a read that has begun when its blob is taken out ends with the whole, from disk or from upstream", async () => {
  await using bench = await LimitedCache.open(10_000_000);
  const image = await bench.image("a", [3_000_000]);
  await bench.pull(image);
  const layer = image.blobs[1]!;
  const unread = await bench.cache.getBlob("hub/a", layer.descriptor.digest);
  const begun = await bench.cache.getBlob("hub/a", layer.descriptor.digest);
  const reading = begun.body[Symbol.asyncIterator]();
  const { value: first } = await reading.next();
  const before = bench.upstream.count("getBlob");
  await bench.store.removeHoldings("hub/a", {
    manifests: [],
    blobs: [layer.descriptor.digest],
    isWanted: () => true,
  });
  const rest = await collect({ [Symbol.asyncIterator]: () => reading });
  assert.deepEqual(Buffer.concat([first, rest]), Buffer.from(layer.bytes));
  assert.equal(bench.upstream.count("getBlob"), before);
  assert.deepEqual(await collect(unread.body), Buffer.from(layer.bytes));
  assert.equal(bench.upstream.count("getBlob"), before + 1);
});

test("a blob that is larger than the cache goes past it, whole or in part, and is not kept", async () => {
  await using bench = await LimitedCache.open(50_000);
  const image = await bench.image("a", [100_000]);
  await bench.pull(image);
  const layer = image.blobs[1]!;
  assert.equal(await bench.has("hub/a", layer.descriptor.digest), false);
  assert.deepEqual(bench.evictedNames, []);
  await using part = await bench.cache.getBlob("hub/a", layer.descriptor.digest, { range: { first: 10, last: 19 } });
  assert.deepEqual(part.span, { first: 10, last: 19 });
  assert.deepEqual(await collect(part.body), Buffer.from(layer.bytes.subarray(10, 20)));
  bench.upstream.manner = { kind: "is corrupt" };
  await failsWith("CORRUPT", bench.read("a", layer));
});

test("a blob that no image names counts, and goes like one", async () => {
  await using bench = await LimitedCache.open(50_000);
  const loose = randomBlob(30_000);
  await bench.upstream.content.pushBlob("a", loose.descriptor, pieces(loose.bytes));
  await bench.read("a", loose);
  await bench.pull(await bench.image("b", [30_000]));
  assert.deepEqual(
    bench.evicted.map(({ digest, tags, bytes }) => [digest, tags, bytes]),
    [[loose.descriptor.digest, [], 30_000]],
  );
});

test("a repository that cannot be looked through keeps what it has, and the others are made smaller", async () => {
  await using bench = await LimitedCache.open(1_000_000);
  const [broken, fine] = [await bench.image("broken", [30_000]), await bench.image("fine", [30_000])];
  await bench.pull(broken);
  await bench.pull(fine);
  await bench.stop();
  await writeFile(join(bench.root, "repositories/hub+broken/index.json"), "{");
  await bench.start(10_000);
  await bench.cache.shrink();
  assert.deepEqual(bench.evictedNames, ["hub/fine"]);
  assert.match(String(bench.troubles[0]), /hub\+broken/);
  assert.ok(await bench.has("hub/broken", broken.blobs[1]!.descriptor.digest));
});
