import assert from "node:assert/strict";
import { readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { hexOf } from "../../../registry/values/digest.ts";
import { testConformance } from "../conformance/conformance.ts";
import { failsWith } from "../conformance/failure.ts";
import { collect, list, pieces, pushImage, pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { layoutFolder, openQuickly } from "./layout_folder.ts";
import { beginFile, leaveOver } from "./left_over.ts";

testConformance("openLayoutRegistry()", async () => {
  const folder = await layoutFolder();
  const registry = await openQuickly(folder.root);
  return {
    registry,
    [Symbol.asyncDispose]: async () => {
      await registry[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
});

test("openLayoutRegistry() finds after a restart what was there, referrers included", async () => {
  await using folder = await layoutFolder();
  const pushed = await (async () => {
    await using registry = await openQuickly(folder.root, { durability: "full" });
    const image = await pushImage(registry, "team/app", ["v1", "v2"]);
    const referrer = await pushImage(registry, "team/app", [], { subject: image.descriptor, artifactType: "a/b" });
    return { image, referrer };
  })();
  await using registry = await openQuickly(folder.root);
  assert.deepEqual(await list(registry.listRepositories()), ["team/app"]);
  assert.deepEqual(await list(registry.listTags("team/app")), ["v1", "v2"]);
  const { digest } = pushed.image.descriptor;
  assert.deepEqual((await registry.getManifest("team/app", "v2")).descriptor, pushed.image.descriptor);
  const referrers = await list(registry.listReferrers("team/app", digest, { artifactType: "a/b" }));
  assert.deepEqual(
    referrers.map((one) => one.digest),
    [pushed.referrer.descriptor.digest],
  );
});

test("openLayoutRegistry() goes on with an upload of the process before", async () => {
  await using folder = await layoutFolder();
  const { bytes, descriptor } = randomBlob(3_000_000);
  const id = await (async () => {
    await using registry = await openQuickly(folder.root);
    const upload = await registry.startUpload("a", { algorithm: "sha256" });
    await upload.append(pieces(bytes.subarray(0, 1_500_000), 100_000));
    return upload.id;
  })();
  await using registry = await openQuickly(folder.root);
  const upload = await registry.resumeUpload("a", id);
  assert.equal(upload.size, 1_500_000);
  await upload.append(pieces(bytes.subarray(1_500_000)), { first: 1_500_000 });
  assert.deepEqual(await upload.commit(descriptor.digest), descriptor);
  await using content = await registry.getBlob("a", descriptor.digest);
  assert.deepEqual(await collect(content.body), Buffer.from(bytes));
});

test("openLayoutRegistry() keeps one copy of what several repositories have", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const blob = randomBlob(5000);
  const { digest } = blob.descriptor;
  await pushSpecimen(registry, "a", blob);
  await pushSpecimen(registry, "b", blob);
  await registry.mountBlob("c", digest, { from: "a" });
  const found = await stat(join(folder.root, "blobs/sha256", hexOf(digest)));
  assert.equal(found.nlink, 4);
  for (const name of ["a", "b", "c"]) {
    assert.equal((await stat(join(folder.root, "repositories", name, "blobs/sha256", hexOf(digest)))).ino, found.ino);
  }
});

test("openLayoutRegistry() writes image layouts that other tools read", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const image = await pushImage(registry, "team/app", ["v1", "v2"]);
  const layout = join(folder.root, "repositories/team+app");
  assert.deepEqual(JSON.parse(await readFile(join(layout, "oci-layout"), "utf8")), { imageLayoutVersion: "1.0.0" });
  const { manifests } = JSON.parse(await readFile(join(layout, "index.json"), "utf8"));
  const { mediaType, digest, size } = image.descriptor;
  const entry = (tag: string) => ({
    ...{ mediaType, digest, size, artifactType: "application/vnd.oci.image.config.v1+json" },
    annotations: { "org.opencontainers.image.ref.name": tag },
  });
  assert.deepEqual(manifests, [entry("v1"), entry("v2")]);
  assert.deepEqual(await readFile(join(layout, "blobs/sha256", hexOf(digest))), Buffer.from(image.bytes));
});

test("openLayoutRegistry() sees an index that another tool has written", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const { descriptor } = await pushImage(registry, "a", ["v1"]);
  const annotations = { "org.opencontainers.image.ref.name": "theirs" };
  const index = { schemaVersion: 2, manifests: [{ ...descriptor, annotations }] };
  await writeFile(join(folder.root, "repositories/a/index.json"), JSON.stringify(index));
  assert.deepEqual(await list(registry.listTags("a")), ["theirs"]);
  assert.deepEqual(await registry.statManifest("a", "theirs"), descriptor);
});

test("openLayoutRegistry() names an index that cannot be read", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  await pushImage(registry, "a", ["v1"]);
  for (const text of ["{", "{}", '{"manifests":[{}]}']) {
    await writeFile(join(folder.root, "repositories/a/index.json"), text);
    await failsWith("CORRUPT", list(registry.listTags("a")));
  }
});

test("openLayoutRegistry() leaves nothing behind of uploads that failed", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const { bytes } = randomBlob();
  const { digest } = randomBlob().descriptor;
  await failsWith("DIGEST_INVALID", registry.pushBlob("a", { digest }, pieces(bytes)));
  assert.deepEqual(await readdir(join(folder.root, "repositories/a/uploads")), []);
});

test("openLayoutRegistry() keeps what a caller's buffer held when it was given", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const { bytes, descriptor } = randomBlob(3_000_000);
  const shared = new Uint8Array(100_000);
  async function* reused() {
    for (let at = 0; at < bytes.byteLength; at += shared.byteLength) {
      shared.set(bytes.subarray(at, at + shared.byteLength));
      yield shared;
    }
  }
  await registry.pushBlob("a", descriptor, reused());
  await using content = await registry.getBlob("a", descriptor.digest);
  assert.deepEqual(await collect(content.body), Buffer.from(bytes));
});

test("openLayoutRegistry() tells of a full disk, and the upload goes on when there is room again", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const { bytes, descriptor } = randomBlob(5_000_000);
  const upload = await registry.startUpload("a");
  const path = join(folder.root, "repositories/a/uploads", `${upload.id}.sha256`);
  await rm(path);
  await symlink("/dev/full", path);
  await assert.rejects(upload.append(pieces(bytes, 100_000)), { code: "ENOSPC" });
  await rm(path);
  await writeFile(path, "");
  const again = await registry.resumeUpload("a", upload.id);
  await again.append(pieces(bytes.subarray(again.size), 100_000), { first: again.size });
  assert.deepEqual(await again.commit(descriptor.digest), descriptor);
  await using content = await registry.getBlob("a", descriptor.digest);
  assert.deepEqual(await collect(content.body), Buffer.from(bytes));
});

for (const [moment, pieceCount] of [
  ["between two pieces", 2],
  ["while one comes", 1],
] as const) {
  test(`openLayoutRegistry() makes no blob of an upload whose file was shortened ${moment}`, async () => {
    await using folder = await layoutFolder();
    await using registry = await openQuickly(folder.root);
    const { bytes, descriptor } = randomBlob(6_000_000);
    const upload = await registry.startUpload("a");
    const uploads = join(folder.root, "repositories/a/uploads");
    const path = join(uploads, `${upload.id}.sha256`);
    const half = bytes.byteLength / 2;
    const shorten = async () => {
      assert.ok((await stat(path)).size > 1_500_000);
      await truncate(path, 1_500_000);
    };
    if (pieceCount === 2) {
      await upload.append(pieces(bytes.subarray(0, half)));
      await shorten();
      await upload.append(pieces(bytes.subarray(half)));
    } else {
      await upload.append(
        (async function* () {
          yield* pieces(bytes.subarray(0, half));
          await shorten();
          yield* pieces(bytes.subarray(half));
        })(),
      );
    }
    await failsWith("BLOB_UPLOAD_INVALID", upload.commit(descriptor.digest));
    await failsWith("BLOB_UNKNOWN", registry.statBlob("a", descriptor.digest));
    assert.deepEqual(await readdir(uploads), []);
  });
}

test("openLayoutRegistry() breaks off a blob that has shrunk on disk", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const blob = randomBlob(1000);
  await pushSpecimen(registry, "a", blob);
  await using content = await registry.getBlob("a", blob.descriptor.digest);
  await writeFile(join(folder.root, "repositories/a/blobs/sha256", hexOf(blob.descriptor.digest)), "short");
  await failsWith("CORRUPT", collect(content.body));
});

test("openLayoutRegistry() lets one process in at a time", async () => {
  await using folder = await layoutFolder();
  {
    await using _first = await openQuickly(folder.root);
    await failsWith("UNAVAILABLE", openQuickly(folder.root));
  }
  await using _second = await openQuickly(folder.root);
});

test("openLayoutRegistry() sees through a lock whose holder is gone", async () => {
  await using folder = await layoutFolder();
  // A pid that lives, but began at another time; and one that is none.
  for (const held of [`${process.pid} 1 x`, "99999999 1 x", ""]) {
    await writeFile(join(folder.root, "lock"), held);
    await using _registry = await openQuickly(folder.root);
  }
});

test("openLayoutRegistry() leaves a folder of another format alone", async () => {
  await using folder = await layoutFolder();
  await writeFile(join(folder.root, "mesos-docker-registry.json"), '{"version":99}');
  await failsWith("UNSUPPORTED", openQuickly(folder.root));
  await failsWith("UNSUPPORTED", openQuickly(folder.root));
});

test("collectGarbage() takes what a killed writer has left beside the images, and no lock that is about to be taken", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const left = await leaveOver(folder.root);
  const begun = await beginFile(folder.root);
  await registry.collectGarbage({ graceMs: 0, uploadGraceMs: 0 });
  const names = await readdir(folder.root);
  assert.deepEqual([names.includes(left), names.includes(begun)], [false, true]);
});
