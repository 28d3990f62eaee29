import assert from "node:assert/strict";
import { mkdir, readdir, rm, symlink, truncate } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Registry, Upload } from "../../../registry/registry.ts";
import { isRegistryError } from "../../../registry/registry_error.ts";
import { collect, randomBlob } from "../conformance/specimens.ts";
import { CacheBench, here } from "./cache_bench.ts";
import { LimitedCache } from "./limited_cache.ts";

const diskFull = () => Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
const broken = () => Object.assign(new Error("input/output error"), { code: "EIO" });

/** Has the uploads of a store fail as `spoil` does to each. */
function spoilUploads(store: Registry, spoil: (upload: Upload) => void): void {
  const { startUpload } = store;
  store.startUpload = async (...words) => {
    const upload = await startUpload.apply(store, words);
    spoil(upload);
    return upload;
  };
}

/** Has an upload fail once it has so many bytes, as often as `failures` has errors. */
function failAt(upload: Upload, bytes: number, failures: Error[]): void {
  const { append } = upload;
  upload.append = async (body, options) => {
    const limited = async function* () {
      for await (const piece of body) {
        const failure = upload.size + piece.byteLength > bytes ? failures.shift() : undefined;
        if (failure) throw failure;
        yield piece;
      }
    };
    await append.call(upload, limited(), options);
  };
}

for (const [what, error] of [
  ["has no room for an upload", diskFull],
  ["cannot begin an upload", broken],
] as const) {
  test(`who asks gets a blob when the store ${what}, from the transfer that was begun`, async () => {
    const bench = new CacheBench();
    const blob = await bench.blob();
    const { startUpload } = bench.store;
    bench.store.startUpload = () => Promise.reject(error());
    assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
    assert.equal(bench.origin.count("getBlob"), 1);
    assert.equal(await bench.stored(blob), false);
    assert.deepEqual(bench.filled, ["passed"]);
    bench.store.startUpload = startUpload;
    assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
    assert.deepEqual(bench.filled, ["passed", "stored"]);
  });
}

test("a range is answered when the store cannot begin an upload, and the transfer of the whole is let go", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob();
  bench.store.startUpload = () => Promise.reject(broken());
  assert.deepEqual(
    await bench.read(blob, { first: 1_000_000, last: 1_000_099 }),
    Buffer.from(blob.bytes.subarray(1_000_000, 1_000_100)),
  );
  assert.equal(bench.origin.cancelled, 2, "the whole, and what comes behind the range");
});

test("who reads along gets the whole when the store fails in the middle, and nothing of it is kept (J 55)", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob();
  spoilUploads(bench.store, (upload) => failAt(upload, 1_000_000, [diskFull()]));
  const read = await Promise.all([
    bench.read(blob),
    bench.read(blob),
    bench.read(blob, { first: 10, last: 2_999_998 }),
  ]);
  assert.deepEqual(read[0], Buffer.from(blob.bytes));
  assert.deepEqual(read[1], Buffer.from(blob.bytes));
  assert.deepEqual(read[2], Buffer.from(blob.bytes.subarray(10, 2_999_999)));
  assert.equal(await bench.stored(blob), false);
  assert.deepEqual(bench.filled, ["passed"]);
});

test("who reads along gets the whole when the store cannot make a blob of it in the end", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob();
  spoilUploads(bench.store, (upload) => {
    upload.commit = () => Promise.reject(diskFull());
  });
  assert.deepEqual(await bench.read(blob), Buffer.from(blob.bytes));
  assert.equal(await bench.stored(blob), false);
});

test("what is wrong is told as wrong also past a store that has failed", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob();
  spoilUploads(bench.store, (upload) => failAt(upload, 1_000_000, [diskFull()]));
  bench.origin.manner = { kind: "is corrupt" };
  const got: Uint8Array[] = [];
  await using content = await bench.cache.getBlob(here, blob.descriptor.digest);
  await assert.rejects(
    async () => {
      for await (const piece of content.body) got.push(piece);
    },
    (error) => isRegistryError(error, "CORRUPT"),
  );
  assert.ok(Buffer.concat(got).byteLength < blob.bytes.byteLength);
});

test("a disk that fills up in the middle has room made on it, and the transfer goes on without a byte twice (J 55)", async () => {
  await using bench = await LimitedCache.open(10_000_000);
  const [old, image] = [await bench.image("a", [300_000]), await bench.image("b", [5_000_000])];
  await bench.pull(old);
  spoilUploads(bench.store, (upload) => failAt(upload, 3_000_000, [diskFull()]));
  const before = bench.upstream.count("getBlob");
  await bench.pull(image);
  assert.equal(bench.upstream.count("getBlob"), before + image.blobs.length);
  assert.deepEqual(bench.evictedNames, ["hub/a"]);
  assert.ok(await bench.has("hub/b", image.blobs[1]!.descriptor.digest));
});

test("a blob whose beginning the disk has lost is given past the store, and nothing of it is kept", async () => {
  await using bench = await LimitedCache.open(10_000_000);
  await bench.pull(await bench.image("old", [300_000]));
  const image = await bench.image("a", [3_000_000]);
  const blob = image.blobs[1] ?? assert.fail();
  bench.upstream.manner = { kind: "breaks off", afterBytes: 2_000_000 };
  await assert.rejects(bench.read("a", blob), { code: "UNAVAILABLE" });
  bench.upstream.manner = { kind: "well" };
  const { resumeUpload } = bench.store;
  bench.store.resumeUpload = async (...words) => {
    const upload = await resumeUpload.apply(bench.store, words);
    const path = join(bench.root, "repositories/hub+a/uploads", `${words[1]}.sha256`);
    // A file that has nothing, and no room for a byte.
    await rm(path);
    await symlink("/dev/full", path);
    return upload;
  };
  // What was written before is not asked for: that device says that it is all zeros.
  const rest = await bench.read("a", blob, { first: 2_000_000 });
  assert.deepEqual(rest, Buffer.from(blob.bytes.subarray(2_000_000)));
  assert.deepEqual(bench.evictedNames, ["hub/old"], "room was made for the rest of it");
  await bench.stop();
  const { digest } = blob.descriptor;
  assert.deepEqual(bench.filled.map(({ outcome, error }) => [outcome, error && (error as Error).message]).at(-1), [
    "passed",
    `Cannot store "${digest}": what was written of it is lost from byte 0 on`,
  ]);
  assert.deepEqual(await readdir(join(bench.root, "repositories/hub+a/uploads")), []);
  await bench.start(10_000_000);
  await bench.pull(image);
  assert.ok(await bench.has("hub/a", digest));
});

test("who reads along gets the whole when the file of what is stored is removed in the middle", async () => {
  await using bench = await LimitedCache.open(100_000_000);
  const image = await bench.image("a", [8_000_000]);
  const blob = image.blobs[1] ?? assert.fail();
  const [reached, lost, open] = [0, 1, 2].map(() => Promise.withResolvers<void>());
  spoilUploads(bench.store, (upload) => {
    const { peek } = upload;
    upload.peek = async function* (span) {
      try {
        yield* peek?.call(upload, span) ?? [];
      } catch (error) {
        lost?.resolve();
        throw error;
      }
    };
  });
  let pieces = 0;
  const gate = async () => {
    if (++pieces < 7000) return;
    reached?.resolve();
    await open?.promise;
  };
  bench.upstream.manner = { kind: "waits", gate };
  await using content = await bench.cache.getBlob("hub/a", blob.descriptor.digest);
  const body = content.body[Symbol.asyncIterator]();
  const first = (await body.next()).value ?? assert.fail();
  await reached?.promise;
  const uploads = join(bench.root, "repositories/hub+a/uploads");
  for (const name of await readdir(uploads)) await rm(join(uploads, name));
  const rest = collect({ [Symbol.asyncIterator]: () => body });
  await lost?.promise;
  open?.resolve();
  assert.deepEqual(Buffer.concat([first, await rest]), Buffer.from(blob.bytes));
  await bench.stop();
  assert.equal(bench.filled.at(-1)?.outcome, "passed");
  bench.upstream.manner = { kind: "well" };
  await bench.start(100_000_000);
  await bench.pull(image);
  assert.ok(await bench.has("hub/a", blob.descriptor.digest));
});

test("a blob whose file is shortened while it is stored is not kept, and comes whole the next time", async () => {
  await using bench = await LimitedCache.open(100_000_000);
  const image = await bench.image("a", [8_000_000]);
  const { bytes, descriptor } = image.blobs[1] ?? assert.fail();
  const uploads = join(bench.root, "repositories/hub+a/uploads");
  let pieces = 0;
  const gate = async () => {
    if (++pieces !== 7000) return;
    for (const name of await readdir(uploads)) await truncate(join(uploads, name), 1_000_000);
  };
  bench.upstream.manner = { kind: "waits", gate };
  const read = async () => {
    await using content = await bench.cache.getBlob("hub/a", descriptor.digest);
    return await collect(content.body);
  };
  assert.equal((await read()).byteLength, bytes.byteLength);
  await bench.stop();
  assert.equal(bench.filled.at(-1)?.outcome, "passed");
  assert.deepEqual(await readdir(uploads), []);
  bench.upstream.manner = { kind: "well" };
  await bench.start(100_000_000);
  assert.equal(await bench.has("hub/a", descriptor.digest), false);
  assert.deepEqual(await read(), Buffer.from(bytes));
  await bench.stop();
  assert.equal(bench.filled.at(-1)?.outcome, "stored");
});

test("an upload that cannot be made a blob leaves no file", async () => {
  await using bench = await LimitedCache.open(10_000_000);
  const blob = randomBlob(1000);
  const upload = await bench.store.startUpload("hub/a");
  await upload.append(
    (async function* () {
      yield blob.bytes;
    })(),
  );
  // A name that a folder has cannot be a file's.
  const hex = blob.descriptor.digest.slice("sha256:".length);
  await mkdir(join(bench.root, "repositories/hub+a/blobs/sha256", hex, "in the way"), { recursive: true });
  await assert.rejects(upload.commit(blob.descriptor.digest));
  assert.deepEqual(await readdir(join(bench.root, "repositories/hub+a/uploads")), []);
});

test("who asks gets a manifest when the disk is full, and it is kept when there is room again (J 55)", async () => {
  const bench = new CacheBench();
  const image = await bench.image();
  const { pushManifest } = bench.store;
  bench.store.pushManifest = () => Promise.reject(diskFull());
  assert.deepEqual(Buffer.from((await bench.cache.getManifest(here, "v1")).bytes), Buffer.from(image.bytes));
  bench.store.pushManifest = pushManifest;
  await bench.cache.getManifest(here, "v1");
  assert.equal((await bench.store.statManifest(here, "v1")).digest, image.descriptor.digest);
});

test("a blob that could be mounted is had from upstream when the disk has no room for its name", async () => {
  const bench = new CacheBench();
  const blob = await bench.blob(100);
  bench.store.mountBlob = () => Promise.reject(diskFull());
  await using content = await bench.cache.getBlob(here, blob.descriptor.digest);
  assert.deepEqual(await collect(content.body), Buffer.from(blob.bytes));
});
