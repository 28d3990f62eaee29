import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/mod.ts";
import { openGatewayCache } from "../../../src/images/ensure/gateway_cache.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { collect, pushSpecimen, randomBlob, type Specimen } from "../../registry/conformance/specimens.ts";

/** A cache in front of a registry that has these blobs, and how often its folder was asked for. */
async function open(path: string, blobs: readonly Specimen[], giving: "as they come" | "when all are there") {
  const origin = memoryRegistry();
  for (const blob of blobs) await pushSpecimen(origin, "app", blob);
  const asked = { folder: 0, fails: false };
  const cache = openGatewayCache({
    repository: "app",
    upstreams: [{ name: "origin", registry: origin }],
    blobs: blobs.map(({ descriptor }) => descriptor),
    giving,
    openFolder: async () => {
      asked.folder++;
      if (asked.fails) throw new Error("no folder today");
      return path;
    },
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
    const [small, large] = [randomBlob(1000), randomBlob(600_000)];
    const { cache, asked, read } = await open(fixture.path, [large, small], giving);
    await using _cache = cache;
    assert.deepEqual(await read(small), Buffer.from(small.bytes));
    assert.equal((await cache.statBlob("app", small.descriptor.digest)).size, 1000);
    assert.equal(asked.folder, 0);
    assert.deepEqual(await readdir(fixture.path), []);
    assert.deepEqual(await read(large), Buffer.from(large.bytes));
    assert.deepEqual(await read(large), Buffer.from(large.bytes));
    assert.equal(asked.folder, 1);
    const { digest } = large.descriptor;
    assert.ok(existsSync(join(fixture.path, "store", "blobs", ...digest.split(":"))));
  });
}

test("a gateway's cache keeps no more in memory than 4 MiB of an image, the smallest blobs first", async () => {
  await using fixture = await openFixture();
  const many = Array.from({ length: 10 }, () => randomBlob(500_000));
  const smallest = randomBlob(10);
  const { cache, asked, read } = await open(fixture.path, [...many, smallest], "as they come");
  await using _cache = cache;
  await read(smallest);
  for (const blob of many.slice(0, 8)) await read(blob);
  assert.equal(asked.folder, 0);
  for (const blob of many.slice(8)) await read(blob);
  assert.equal((await readdir(join(fixture.path, "store", "blobs", "sha256"))).length, 2);
});

test("a gateway's cache tries again to make its folder", async () => {
  await using fixture = await openFixture();
  const large = randomBlob(600_000);
  const { cache, asked, read } = await open(fixture.path, [large], "as they come");
  await using _cache = cache;
  asked.fails = true;
  await assert.rejects(read(large), /no folder today/);
  asked.fails = false;
  assert.deepEqual(await read(large), Buffer.from(large.bytes));
});

test("a gateway's cache that nobody has asked for anything leaves nothing behind", async () => {
  await using fixture = await openFixture();
  const { cache, asked } = await open(fixture.path, [randomBlob(600_000)], "as they come");
  await cache[Symbol.asyncDispose]();
  assert.equal(asked.folder, 0);
});
