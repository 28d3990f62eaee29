import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { memoryRegistry, type Registry } from "../../../registry/mod.ts";
import { openGatewayCache } from "../../../src/images/ensure/gateway_cache.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { collect, pushSpecimen, randomBlob, type Specimen } from "../../registry/conformance/specimens.ts";

/** A cache in front of a registry that has these blobs, of which a manifest may say another size. */
async function open(
  folder: string,
  blobs: readonly Specimen[],
  { giving = "as they come", said }: { giving?: "as they come" | "when all are there"; said?: number } = {},
) {
  const origin = memoryRegistry();
  for (const blob of blobs) await pushSpecimen(origin, "app", blob);
  const asked: string[] = [];
  const getBlob: Registry["getBlob"] = (...call) => {
    asked.push(call[1]);
    return origin.getBlob(...call);
  };
  const cache = openGatewayCache({
    repository: "app",
    upstreams: [{ name: "origin", registry: { ...origin, getBlob } }],
    blobs: blobs.map(({ descriptor }) => ({ ...descriptor, size: said ?? descriptor.size })),
    giving,
    folder,
  });
  const read = async ({ descriptor }: Specimen) => {
    await using content = await cache.getBlob("app", descriptor.digest);
    return await collect(content.body);
  };
  return { cache, asked, read };
}

for (const giving of ["as they come", "when all are there"] as const) {
  test(`a gateway's cache keeps small blobs in memory and large ones on disk (given ${giving})`, async () => {
    await using fixture = await openFixture();
    const folder = join(fixture.path, "folder");
    const [small, other, large] = [randomBlob(1000), randomBlob(1000, "sha512"), randomBlob(600_000)];
    const { cache, asked, read } = await open(folder, [large, small, other], { giving });
    await using _cache = cache;
    for (const blob of [small, other, small, other]) assert.deepEqual(await read(blob), Buffer.from(blob.bytes));
    assert.equal((await cache.statBlob("app", small.descriptor.digest)).size, 1000);
    assert.equal(existsSync(folder), false);
    for (const blob of [large, large]) assert.deepEqual(await read(blob), Buffer.from(blob.bytes));
    assert.ok(existsSync(join(folder, "store", "blobs", ...large.descriptor.digest.split(":"))));
    assert.equal(asked.length, 3, "each is asked for once");
  });
}

test("a gateway's cache keeps no more in memory than 4 MiB of an image, the smallest blobs first", async () => {
  await using fixture = await openFixture();
  const many = Array.from({ length: 10 }, () => randomBlob(500_000));
  const smallest = randomBlob(10);
  const { cache, read } = await open(fixture.path, [...many, smallest]);
  await using _cache = cache;
  await read(smallest);
  for (const blob of many.slice(0, 8)) await read(blob);
  assert.deepEqual(await readdir(fixture.path), []);
  for (const blob of many.slice(8)) await read(blob);
  assert.equal((await readdir(join(fixture.path, "store", "blobs", "sha256"))).length, 2);
});

test("a gateway's cache does not keep in memory what is larger than its manifest says", async () => {
  await using fixture = await openFixture();
  const large = randomBlob(600_000);
  const { cache, asked, read } = await open(fixture.path, [large], { said: 10 });
  await using _cache = cache;
  for (const blob of [large, large]) assert.deepEqual(await read(blob), Buffer.from(blob.bytes));
  assert.equal(asked.length, 2, "it was asked for again");
});

test("a gateway's cache tries again to make its folder", async () => {
  await using fixture = await openFixture();
  const folder = join(fixture.path, "folder");
  await writeFile(folder, "in the way");
  const large = randomBlob(600_000);
  const { cache, read } = await open(join(folder, "inside"), [large]);
  await using _cache = cache;
  await assert.rejects(read(large), /Cannot open store ".*": ENOTDIR|EEXIST/);
  await rm(folder);
  assert.deepEqual(await read(large), Buffer.from(large.bytes));
});

test("a gateway's cache that nobody has asked for anything leaves nothing behind, and opens nothing afterwards", async () => {
  await using fixture = await openFixture();
  const folder = join(fixture.path, "folder");
  const large = randomBlob(600_000);
  const { cache, read } = await open(folder, [large]);
  await cache[Symbol.asyncDispose]();
  await assert.rejects(read(large), { code: "UNAVAILABLE" });
  assert.deepEqual(await readdir(fixture.path), []);
});
