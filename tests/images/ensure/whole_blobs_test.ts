import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { memoryRegistry, openPullThrough, type Registry } from "../../../registry/mod.ts";
import { wholeBlobs } from "../../../src/images/ensure/whole_blobs.ts";
import { blobOf, pushSpecimen } from "../../registry/conformance/specimens.ts";

const content = Buffer.from("the content of a layer ".repeat(10_000));

/** A cache in front of a registry that has the content, with or without a wrong last byte. */
async function openCache(honesty: "honest" | "corrupt") {
  const origin = memoryRegistry();
  const blob = blobOf(content);
  await pushSpecimen(origin, "app", blob);
  const asked: string[] = [];
  const getBlob: Registry["getBlob"] = async (...words) => {
    asked.push(words[1]);
    const found = await origin.getBlob(...words);
    const body = async function* () {
      const bytes = Buffer.concat(await Array.fromAsync(found.body));
      if (honesty === "corrupt") bytes[bytes.length - 1] = 0;
      yield bytes.subarray(0, 1000);
      yield bytes.subarray(1000);
    };
    return { ...found, body: body() };
  };
  const store = memoryRegistry({ checks: "nothing" });
  const upstreams = [{ name: "origin", registry: { ...origin, getBlob } }];
  const cache = openPullThrough({
    store,
    route: () => ({ repository: "app", upstreams, tags: { kind: "pinned" } }),
  });
  return { whole: wholeBlobs(cache, store), cache, digest: blob.descriptor.digest as `sha256:${string}`, asked };
}

test("wholeBlobs() gives what has come as a whole, and any part of it, and asks for it once", async () => {
  const { whole, cache, digest, asked } = await openCache("honest");
  using _cache = cache;
  const read = async (range?: { first: number }) => {
    await using found = await whole.getBlob("app", digest, range ? { range } : {});
    return Buffer.concat(await Array.fromAsync(found.body));
  };
  assert.deepEqual(await read({ first: 5 }), content.subarray(5));
  assert.deepEqual(await read(), content);
  assert.deepEqual(asked, [digest]);
});

test("wholeBlobs() gives not a byte of what is not what its digest says", async () => {
  const { whole, cache, digest } = await openCache("corrupt");
  using _cache = cache;
  await assert.rejects(whole.getBlob("app", digest), { code: "CORRUPT" });
});
