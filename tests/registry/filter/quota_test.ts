import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { withQuotas } from "../../../registry/filter/quota.ts";
import type { Quotas } from "../../../registry/filter/quota_room.ts";
import { MemoryStorage } from "../../../registry/memory/memory_storage.ts";
import { RegistryError as Refusal, type RegistryError } from "../../../registry/registry_error.ts";
import { StoreRegistry } from "../../../registry/store/store_registry.ts";
import { testConformance } from "../conformance/conformance.ts";
import { failsWith } from "../conformance/failure.ts";
import { list, pieces, prepareImage, pushManifest, pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { layoutFolder, openQuickly } from "../layout/layout_folder.ts";
import { ask } from "../server/raw_request.ts";
import { openTestServer } from "../server/test_server.ts";

function open(quotas: Quotas) {
  const store = new StoreRegistry(new MemoryStorage());
  return { store, registry: withQuotas(store, store.usage, quotas) };
}

testConformance("a registry with quotas", async () => ({
  registry: open({ storeBytes: 1e9, repositoryBytes: 1e9 }).registry,
  [Symbol.asyncDispose]: async () => undefined,
}));

/** A body that tells how much of it was read. */
function watched(bytes: Uint8Array) {
  const body = { read: 0, bytes: stream() };
  async function* stream(): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces(bytes, 100)) {
      body.read += piece.byteLength;
      yield piece;
    }
  }
  return body;
}

const quotas: Readonly<Record<string, Quotas>> = {
  store: { storeBytes: 1000 },
  repository: { repositoryBytes: 1000 },
};
for (const [whose, quota] of Object.entries(quotas)) {
  test(`withQuotas() takes a blob up to the quota of the ${whose}, and reads nothing of one that is announced too big`, async () => {
    const { registry, store } = open(quota);
    await pushSpecimen(registry, "a", randomBlob(600));
    const { bytes, descriptor } = randomBlob(401);
    const body = watched(bytes);
    const refused = registry.pushBlob("a", descriptor, body.bytes);
    const error = await refused.then(
      () => assert.fail("it was taken"),
      (caught: RegistryError) => caught,
    );
    assert.ok(error instanceof Refusal);
    assert.deepEqual([error.code, error.status, body.read], ["DENIED", 403, 0]);
    assert.match(error.message, /"a": 401 bytes more would exceed the quota of the re.*, 600 of 1000 bytes are taken/);
    assert.deepEqual(error.detail, { wantedBytes: 401, takenBytes: 600, quotaBytes: 1000 });
    await pushSpecimen(registry, "a", randomBlob(400));
    await failsWith("DENIED", registry.startUpload("a"));
    assert.equal(store.usage.openUploads, 0);
  });

  test(`withQuotas() ends a blob of unknown size in the middle by the quota of the ${whose}, and keeps nothing of it`, async () => {
    await using folder = await layoutFolder();
    await using store = await openQuickly(folder.root);
    const registry = withQuotas(store, store.usage, quota);
    const { bytes, descriptor } = randomBlob(5000);
    const body = watched(bytes);
    await failsWith("DENIED", registry.pushBlob("a", { digest: descriptor.digest }, body.bytes));
    assert.ok(body.read <= 1100, `${body.read} bytes were read`);
    const upload = await registry.startUpload("a");
    await upload.append(pieces(bytes.subarray(0, 900)));
    await failsWith("DENIED", upload.append(watched(bytes).bytes));
    await failsWith("BLOB_UPLOAD_UNKNOWN", registry.resumeUpload("a", upload.id));
    assert.deepEqual(await readdir(join(folder.root, "repositories", "a", "uploads")), []);
    assert.equal(store.usage.openUploads, 0);
    await pushSpecimen(registry, "a", randomBlob(1000));
  });
}

test("withQuotas() never has more than the quota from blobs that come at the same time", async () => {
  const { registry, store } = open({ storeBytes: 3000 });
  let most = 0;
  async function* measured(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces(bytes, 250)) {
      yield piece;
      most = Math.max(most, store.usage.storeBytes ?? 0);
    }
  }
  const results = await Promise.allSettled(
    Array.from({ length: 7 }, async (_, at) => {
      const { bytes, descriptor } = randomBlob(1000);
      await registry.pushBlob(`r${at % 2}`, { digest: descriptor.digest }, measured(bytes));
    }),
  );
  assert.ok(results.some(({ status }) => status === "rejected"));
  assert.ok(most > 2000 && most <= 3000, `${most} bytes`);
});

test("withQuotas() takes again what is there, mounts for the store, and not beyond a repository's quota", async () => {
  const { registry } = open({ storeBytes: 1000, repositoryBytes: 1000 });
  const blob = randomBlob(1000);
  await pushSpecimen(registry, "a", blob);
  await pushSpecimen(registry, "a", blob);
  assert.equal((await registry.mountBlob("b", blob.descriptor.digest, { from: "a" })).kind, "mounted");
  assert.equal((await registry.mountBlob("b", blob.descriptor.digest, { from: "a" })).kind, "mounted");
  const small = open({ repositoryBytes: 1000 }).registry;
  const [one, two] = [randomBlob(600), randomBlob(600)];
  await pushSpecimen(small, "a", one);
  await pushSpecimen(small, "b", two);
  await failsWith("DENIED", small.mountBlob("b", one.descriptor.digest, { from: "a" }));
});

test("withQuotas() denies a manifest too many, and still moves tags", async () => {
  const { registry, store } = open({ repositoryBytes: 3000 });
  const image = await prepareImage(registry, "a");
  await pushManifest(registry, "a", image, ["v1"]);
  const filled = store.usage.repositoryBytes("a") ?? 0;
  await pushSpecimen(registry, "a", randomBlob(3000 - filled));
  await pushManifest(registry, "a", image, ["v2"]);
  assert.deepEqual(await list(registry.listTags("a")), ["v1", "v2"]);
  const other = Buffer.concat([image.bytes, Buffer.from(" ")]);
  const { mediaType } = image.descriptor;
  await failsWith("DENIED", registry.pushManifest("a", other, { mediaType, tags: ["v3"] }));
  assert.equal(store.usage.repositoryBytes("a"), 3000);
});

test("withQuotas() has room again when something was deleted and collected", async () => {
  const { registry, store } = open({ storeBytes: 1000, repositoryBytes: 1000 });
  const blob = randomBlob(900);
  await pushSpecimen(registry, "a", blob);
  await failsWith("DENIED", pushSpecimen(registry, "a", randomBlob(900)));
  await registry.deleteBlob("a", blob.descriptor.digest);
  await store.collectGarbage();
  await pushSpecimen(registry, "a", randomBlob(900));
});

test("a server with quotas refuses a chunk by its Content-Length, with the numbers, and forgets the upload", async () => {
  const { registry, store } = open({ storeBytes: 1000 });
  await using server = await openTestServer(registry);
  const started = await ask(server.host, "POST", "/v2/a/blobs/uploads/");
  const location = String(started.headers.location);
  const refused = await ask(server.host, "PATCH", location, { body: Buffer.alloc(1001) });
  assert.equal(refused.status, 403);
  const [error] = JSON.parse(refused.body.toString()).errors;
  assert.deepEqual([error.code, error.detail], ["DENIED", { wantedBytes: 1001, takenBytes: 0, quotaBytes: 1000 }]);
  assert.equal((await ask(server.host, "GET", location)).status, 404);
  assert.deepEqual([store.usage.storeBytes, store.usage.openUploads], [0, 0]);
});
