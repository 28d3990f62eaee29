import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { openPullThrough } from "../../../registry/pull_through/pull_through_registry.ts";
import { isRegistryError, RegistryError, type RegistryErrorCode } from "../../../registry/registry_error.ts";
import { testConformance } from "../conformance/conformance.ts";
import { collect, randomBlob } from "../conformance/specimens.ts";
import { CacheBench, here } from "./cache_bench.ts";

testConformance("a pull-through registry without routes", async () => ({
  registry: openPullThrough({ store: memoryRegistry(), route: () => undefined }),
  [Symbol.asyncDispose]: async () => undefined,
}));

const code = (wanted: RegistryErrorCode) => (error: unknown) => isRegistryError(error, wanted);

function openAll(gates: (() => void)[]): void {
  for (const open of gates.splice(0)) open();
}

async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("a pull-through registry gets a blob once, and has it then", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob();
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
  assert.equal(bench.origin.count("getBlob"), 1);
  assert.deepEqual(bench.filled, ["stored"]);
});

test("eight cold clients cause one transfer, and all read along (J 43)", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob();
  const gates: (() => void)[] = [];
  bench.origin.manner = { kind: "waits", gate: () => new Promise((open) => gates.push(open)) };
  const timer = setInterval(() => openAll(gates), 1);
  try {
    const read = await Promise.all(Array.from({ length: 8 }, () => bench.read(blob)));
    for (const bytes of read) assert.deepEqual(bytes, Buffer.from(blob.bytes));
  } finally {
    clearInterval(timer);
  }
  assert.equal(bench.origin.count("getBlob"), 1);
});

test("a client that leaves does not end the transfer (J 44)", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob();
  const content = await bench.cache.getBlob(here, blob.descriptor.digest);
  for await (const _ of content.body) break;
  await content[Symbol.asyncDispose]();
  while (!(await bench.stored(blob))) await turns(1);
  assert.equal(bench.origin.count("getBlob"), 1);
});

test("a cold range is answered as a range, from a transfer of the whole (J 45)", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob();
  await using content = await bench.cache.getBlob(here, blob.descriptor.digest, {
    range: { first: 2_500_000, last: 2_500_009 },
  });
  assert.deepEqual(content.span, { first: 2_500_000, last: 2_500_009 });
  assert.deepEqual(await collect(content.body), Buffer.from(blob.bytes.subarray(2_500_000, 2_500_010)));
  await assert.rejects(
    bench.cache.getBlob(here, blob.descriptor.digest, { range: { first: 9_000_000 } }),
    code("RANGE_INVALID"),
  );
});

test("a late reader catches up on what is no longer in memory", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob(12_000_000);
  const gates: (() => void)[] = [];
  let passed = 0;
  bench.origin.manner = {
    kind: "waits",
    gate: () => (++passed < 19 ? Promise.resolve() : new Promise((open) => gates.push(open))),
  };
  const early = await bench.cache.getBlob(here, blob.descriptor.digest);
  const reading = collect(early.body);
  while (gates.length === 0) await turns(1);
  const late = collect((await bench.cache.getBlob(here, blob.descriptor.digest)).body);
  const timer = setInterval(() => openAll(gates), 1);
  try {
    assert.deepEqual(await late, Buffer.from(blob.bytes));
    assert.deepEqual(await reading, Buffer.from(blob.bytes));
  } finally {
    clearInterval(timer);
  }
  assert.equal(bench.origin.count("getBlob"), 1);
});

test("wrong bytes are not stored, and no client takes them for whole (J 46)", async () => {
  const bench = new CacheBench();
  bench.upstreams = [bench.mirror, bench.origin];
  const blob = await bench.blob(5000, bench.mirror, bench.origin);
  bench.mirror.manner = { kind: "is corrupt" };
  await using content = await bench.cache.getBlob(here, blob.descriptor.digest);
  const got: Uint8Array[] = [];
  await assert.rejects(async () => {
    for await (const piece of content.body) got.push(piece);
  }, code("CORRUPT"));
  assert.ok(Buffer.concat(got).length < blob.bytes.length);
  assert.equal(await bench.stored(blob), false);
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes), "the next try goes to another source");
  assert.equal(bench.mirror.count("getBlob"), 1);
});

test("a source that breaks off in the middle is gone on with at another (J 25)", async () => {
  const bench = new CacheBench();
  bench.upstreams = [bench.mirror, bench.origin];
  const blob = await bench.blob(50_000, bench.mirror, bench.origin);
  bench.mirror.manner = { kind: "breaks off", afterBytes: 20_500 };
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
  assert.equal(bench.origin.count("getBlob"), 1);
});

test("a source that is silent is joined by the next after 2 s, and rests (J 36)", async () => {
  const bench = new CacheBench();
  bench.upstreams = [bench.mirror, bench.origin];
  const blob = await bench.blob(5000, bench.mirror, bench.origin);
  bench.mirror.manner = { kind: "hangs" };
  const reading = bench.read(blob);
  await bench.time.scheduled(2000);
  bench.time.advance(2000);
  assert.deepEqual(await reading, Buffer.from(blob.bytes));
  await bench.read(await bench.blob(100, bench.mirror, bench.origin));
  assert.equal(bench.mirror.count("getBlob"), 1);
});

for (const failure of ["UNAVAILABLE", "TOOMANYREQUESTS", "UNAUTHORIZED"] as const) {
  test(`a source that answers ${failure} is passed over, and left alone for a while (J 36)`, async () => {
    const bench = new CacheBench();
    bench.upstreams = [bench.mirror, bench.origin];
    bench.mirror.manner = { kind: "fails", error: new RegistryError(failure, "Cannot: no") };
    for (let round = 0; round < 3; round++) await bench.read(await bench.blob(100, bench.mirror, bench.origin));
    assert.equal(bench.mirror.count("getBlob"), 1);
    bench.mirror.manner = { kind: "well" };
    bench.time.advance(1001);
    await bench.read(await bench.blob(100, bench.mirror, bench.origin));
    assert.equal(bench.mirror.count("getBlob"), 2, "it is asked first again");
  });
}

test("a mirror that lacks a blob is no reason to leave it alone", async () => {
  const bench = new CacheBench();
  bench.upstreams = [bench.mirror, bench.origin];
  for (let round = 0; round < 2; round++) await bench.read(await bench.blob(100, bench.origin));
  assert.equal(bench.mirror.count("getBlob"), 2);
});

test("the error of nobody names every source (J 37)", async () => {
  const bench = new CacheBench();
  bench.upstreams = [bench.mirror, bench.origin];
  const blob = randomBlob();
  bench.mirror.manner = { kind: "fails", error: new RegistryError("UNAVAILABLE", "Cannot connect: refused") };
  bench.origin.manner = { kind: "fails", error: new RegistryError("UNAVAILABLE", "Cannot connect: no route") };
  await assert.rejects(bench.read(blob), /mirror: Cannot connect: refused; origin: Cannot connect: no route$/);
  bench.origin.manner = { kind: "well" };
  bench.time.advance(60_000);
  const error: unknown = await bench.read(blob).catch((caught) => caught);
  assert.ok(code("BLOB_UNKNOWN")(error), "the registry's own word counts");
  assert.match(
    String(error),
    /mirror: Cannot connect: refused; origin: /,
    "and what mirrors lack is told all the same",
  );
});

test("a source that wants a login makes 403 of it, as who asks has none to give", async () => {
  const bench = new CacheBench();
  bench.upstreams = [bench.origin];
  bench.origin.manner = { kind: "fails", error: new RegistryError("UNAUTHORIZED", "Cannot GET: it asks for a login") };
  const error: unknown = await bench.read(randomBlob()).catch((caught) => caught);
  assert.ok(isRegistryError(error, "DENIED"));
  assert.deepEqual([error.status, error.message], [403, "Cannot GET: it asks for a login"]);
});

test("what a mirror lacks while the registry itself is away may be there, in whatever order they were asked", async () => {
  const bench = new CacheBench();
  bench.upstreams = [bench.mirror, bench.origin];
  const refused = new RegistryError("UNAVAILABLE", "Cannot connect: refused");
  // The mirror fails more often, so that it rests for longer and is asked last.
  bench.mirror.manner = { kind: "fails", error: refused };
  bench.origin.manner = { kind: "well" };
  await bench.read(await bench.blob(100, bench.origin));
  bench.time.advance(1001);
  bench.origin.manner = { kind: "fails", error: refused };
  await assert.rejects(bench.read(randomBlob()), code("UNAVAILABLE"));
  bench.mirror.manner = { kind: "well" };
  await assert.rejects(bench.read(randomBlob()), code("UNAVAILABLE"));
});

test("a blob that is here in no repository begins one upload, not another for the look", async () => {
  const bench = new CacheBench();
  const { store } = bench;
  const { startUpload } = store;
  let begun = 0;
  store.startUpload = (...words) => {
    begun += 1;
    return startUpload.apply(store, words);
  };
  await bench.read(await bench.blob(100));
  assert.equal(begun, 1);
});

test("a transfer that fails, and whose remains cannot be removed, is told and ends nothing else", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob();
  const { store } = bench;
  const { startUpload } = store;
  store.startUpload = async (...words) => {
    const upload = await startUpload.apply(store, words);
    const { cancel } = upload;
    upload.cancel = () => (upload.size > 0 ? Promise.reject(new Error("the disk is gone")) : cancel.apply(upload));
    return upload;
  };
  bench.origin.manner = { kind: "is corrupt" };
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", note);
  try {
    await assert.rejects(bench.read(blob), code("CORRUPT"));
    await turns();
  } finally {
    process.off("unhandledRejection", note);
  }
  assert.deepEqual(unhandled, []);
  assert.deepEqual(bench.filled, ["failed"]);
});
