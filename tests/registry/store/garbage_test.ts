import assert from "node:assert/strict";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MemoryStorage } from "../../../registry/memory/memory_storage.ts";
import { isRegistryError } from "../../../registry/registry_error.ts";
import { StoreRegistry } from "../../../registry/store/store_registry.ts";
import { digestOf, hexOf } from "../../../registry/values/digest.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import { failsWith } from "../conformance/failure.ts";
import {
  indexOf,
  manifestOf,
  pieces,
  pushImage,
  pushManifest,
  pushSpecimen,
  randomBlob,
} from "../conformance/specimens.ts";
import { layoutFolder, openQuickly } from "../layout/layout_folder.ts";

interface Subject extends AsyncDisposable {
  readonly registry: StoreRegistry;
}

const openers: Record<string, () => Promise<Subject>> = {
  memory: async () => ({
    registry: new StoreRegistry(new MemoryStorage()),
    [Symbol.asyncDispose]: async () => undefined,
  }),
  layout: async () => {
    const folder = await layoutFolder();
    const registry = await openQuickly(folder.root);
    const close = async () => {
      await registry[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    };
    return { registry, [Symbol.asyncDispose]: close };
  },
};

const now = { graceMs: -1000, uploadGraceMs: -1000 };

for (const [name, open] of Object.entries(openers)) {
  test(`collectGarbage() of ${name} takes what no manifest names, and nothing else`, async () => {
    await using subject = await open();
    const { registry } = subject;
    const image = await pushImage(registry, "a", ["v1"]);
    const lost = randomBlob();
    await pushSpecimen(registry, "a", lost);
    const collected = await registry.collectGarbage(now);
    assert.equal(collected.blobs, 1);
    await failsWith("BLOB_UNKNOWN", registry.statBlob("a", lost.descriptor.digest));
    const { config, layers } = JSON.parse(Buffer.from(image.bytes).toString());
    for (const { digest, size } of [config, ...layers]) assert.equal((await registry.statBlob("a", digest)).size, size);
    assert.deepEqual((await registry.getManifest("a", "v1")).descriptor, image.descriptor);
  });

  test(`collectGarbage() of ${name} spares what is young, and what somebody has just asked for`, async () => {
    await using subject = await open();
    const { registry } = subject;
    const lost = randomBlob();
    await pushSpecimen(registry, "a", lost);
    assert.equal((await registry.collectGarbage()).blobs, 0);
    assert.deepEqual(await registry.statBlob("a", lost.descriptor.digest), lost.descriptor);
  });

  test(`collectGarbage() of ${name} takes the blobs of a manifest that was deleted`, async () => {
    await using subject = await open();
    const { registry } = subject;
    const { descriptor } = await pushImage(registry, "a", ["v1"]);
    await registry.deleteManifest("a", descriptor.digest);
    assert.equal((await registry.collectGarbage(now)).blobs, 3);
  });

  test(`collectGarbage() of ${name} forgets uploads that were given up`, async () => {
    await using subject = await open();
    const { registry } = subject;
    const upload = await registry.startUpload("a");
    await upload.append(pieces(randomBlob().bytes));
    assert.equal((await registry.collectGarbage()).uploads, 0);
    assert.equal((await registry.collectGarbage(now)).uploads, 1);
    await failsWith("BLOB_UPLOAD_UNKNOWN", registry.resumeUpload("a", upload.id));
  });

  test(`collectGarbage() of ${name} takes untagged manifests when told to, but no child and no referrer`, async () => {
    await using subject = await open();
    const { registry } = subject;
    const child = await pushImage(registry, "a", []);
    const index = indexOf([child]);
    await pushManifest(registry, "a", index, ["v1"]);
    const referrer = await pushImage(registry, "a", [], { subject: child.descriptor });
    const moved = await pushImage(registry, "a", ["latest"]);
    await pushImage(registry, "a", ["latest"]);
    assert.equal((await registry.collectGarbage(now)).manifests, 0);
    assert.equal((await registry.collectGarbage({ ...now, untagged: "remove" })).manifests, 1);
    await failsWith("MANIFEST_UNKNOWN", registry.statManifest("a", moved.descriptor.digest));
    for (const { descriptor } of [child, index, referrer]) {
      assert.deepEqual(await registry.statManifest("a", descriptor.digest), descriptor);
    }
  });
}

test("collectGarbage() of layout gives back bytes that no repository has, and what a crash left", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const blob = randomBlob(5000);
  await pushSpecimen(registry, "a", blob);
  await registry.mountBlob("b", blob.descriptor.digest, { from: "a" });
  await registry.deleteBlob("a", blob.descriptor.digest);
  assert.equal((await registry.collectGarbage()).freedBytes, 0);
  assert.deepEqual(await registry.statBlob("b", blob.descriptor.digest), blob.descriptor);
  await registry.deleteBlob("b", blob.descriptor.digest);
  await writeFile(join(folder.root, "repositories/a/.tmp-left"), "12345");
  assert.equal((await registry.collectGarbage(now)).freedBytes, 5005);
  assert.deepEqual(await readdir(join(folder.root, "blobs/sha256")), []);
});

test("collectGarbage() of layout leaves a repository alone that it cannot read, collects the others, and says so", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const lost = randomBlob();
  const image = await pushImage(registry, "broken", ["v1"]);
  for (const repository of ["broken", "fine"]) await pushSpecimen(registry, repository, lost);
  const { digest } = lost.descriptor;
  await rm(join(folder.root, "repositories/broken/blobs/sha256", hexOf(image.descriptor.digest)));
  const { blobs, passedOver } = await registry.collectGarbage(now);
  assert.equal(blobs, 1);
  assert.deepEqual(
    passedOver.map(({ repository }) => repository),
    ["broken"],
  );
  const { digest: gone } = image.descriptor;
  assert.equal(passedOver[0]?.error.message, `Cannot read manifest "${gone}": it is not there`);
  assert.deepEqual(await registry.statBlob("broken", digest), lost.descriptor);
  await failsWith("BLOB_UNKNOWN", registry.statBlob("fine", digest));
});

test("collectGarbage() of layout keeps the last copy of what a repository names that it cannot read", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const [lost, whole] = [await pushImage(registry, "broken", ["v1"]), await pushImage(registry, "broken", ["v2"])];
  const [layer] = JSON.parse(new TextDecoder().decode(whole.bytes)).layers;
  const nobodys = randomBlob();
  await pushSpecimen(registry, "fine", nobodys);
  for (const { digest } of [lost.descriptor, layer]) {
    await rm(join(folder.root, "repositories/broken/blobs/sha256", hexOf(digest)));
  }
  const { freedBytes, passedOver } = await registry.collectGarbage(now);
  assert.deepEqual([freedBytes, passedOver.length], [nobodys.descriptor.size, 1]);
  const pool = await readdir(join(folder.root, "blobs/sha256"));
  for (const { digest } of [lost.descriptor, layer]) assert.ok(pool.includes(hexOf(digest)), digest);
});

test("collectGarbage() of layout says once what is wrong with a manifest, and which it is", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const { digest } = (await pushImage(registry, "rotten", ["v1"])).descriptor;
  await writeFile(join(folder.root, "blobs/sha256", hexOf(digest)), "");
  const none = new TextEncoder().encode("[]");
  await registry.pushBlob("none", { digest: digestOf(none) }, pieces(none));
  const entry = { mediaType: mediaTypes.ociManifest, digest: digestOf(none), size: none.byteLength };
  await writeFile(
    join(folder.root, "repositories/none/index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [entry] }),
  );
  const { passedOver } = await registry.collectGarbage(now);
  assert.match(
    passedOver[0]!.error.message,
    new RegExp(`^Cannot tell what manifest "${digestOf(none)}" names: Cannot read manifest: found JSON`),
  );
  assert.match(passedOver[1]!.error.message, new RegExp(`^Cannot read "${digest}": found 0 bytes instead of \\d+$`));
});

test("collectGarbage() of layout passes over a repository whose index cannot be read", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  for (const repository of ["broken", "fine"]) await pushSpecimen(registry, repository, randomBlob(1000));
  await pushImage(registry, "broken", ["v1"]);
  await writeFile(join(folder.root, "repositories/broken/index.json"), "{");
  const { freedBytes, passedOver } = await registry.collectGarbage(now);
  assert.deepEqual([freedBytes, passedOver.map(({ repository }) => repository)], [1000, ["broken"]]);
});

test("a push that succeeds has all its blobs, however a collection runs meanwhile", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const blobs = [randomBlob(), randomBlob()];
  const [config, layer] = blobs.map(({ descriptor }) => descriptor);
  const image = manifestOf({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] });
  let collecting = true;
  // A grace that blobs outlive only by luck, or by being asked for.
  const collections = (async () => {
    while (collecting) await registry.collectGarbage({ graceMs: 2, uploadGraceMs: 60_000 });
  })();
  let refused = 0;
  try {
    for (let round = 0; round < 40; round += 1) {
      for (;;) {
        await sleep(round % 4);
        try {
          await pushManifest(registry, "a", image, ["v1"]);
          break;
        } catch (error) {
          assert.ok(isRegistryError(error, "MANIFEST_BLOB_UNKNOWN"), `${error}`);
          refused += 1;
          for (const blob of blobs) await pushSpecimen(registry, "a", blob);
        }
      }
      for (const { descriptor } of blobs) {
        assert.deepEqual(await registry.statBlob("a", descriptor.digest), descriptor);
      }
      assert.deepEqual((await registry.getManifest("a", "v1")).descriptor, image.descriptor);
      await registry.deleteManifest("a", image.descriptor.digest);
    }
  } finally {
    collecting = false;
    await collections;
  }
  assert.ok(refused > 0);
});
