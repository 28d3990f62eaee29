import assert from "node:assert/strict";
import type { Rules } from "./conformance.ts";
import { failsWith } from "./failure.ts";
import { collect, pieces, randomBlob } from "./specimens.ts";

/** Gives one Buffer again and again, as whoever lends its memory does. */
async function* lent(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(500);
  for (let at = 0; at < bytes.byteLength; at += buffer.byteLength) {
    const part = bytes.subarray(at, at + buffer.byteLength);
    buffer.set(part);
    yield buffer.subarray(0, part.byteLength);
    buffer.fill(0);
  }
}

async function* broken(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  throw new Error("the source broke");
}

export const uploadRules: Rules = {
  "takes a blob in pieces": async (registry, repository) => {
    for (const algorithm of ["sha256", "sha512"] as const) {
      const { bytes, descriptor } = randomBlob(3067, algorithm);
      const upload = await registry.startUpload(repository, { algorithm });
      assert.equal(upload.size, 0);
      for (const [first, end] of [
        [0, 1024],
        [1024, 2048],
        [2048, 3067],
      ] as const) {
        await upload.append(pieces(bytes.subarray(first, end)), { first });
        assert.equal(upload.size, end);
      }
      assert.deepEqual(await upload.commit(descriptor.digest), descriptor);
      await using content = await registry.getBlob(repository, descriptor.digest);
      assert.deepEqual(await collect(content.body), Buffer.from(bytes));
    }
  },
  "keeps what it took of memory that is used again": async (registry, repository) => {
    const { bytes, descriptor } = randomBlob();
    const upload = await registry.startUpload(repository);
    await upload.append(lent(bytes));
    assert.deepEqual(await upload.commit(descriptor.digest), descriptor);
    await using content = await registry.getBlob(repository, descriptor.digest);
    assert.deepEqual(await collect(content.body), Buffer.from(bytes));
  },
  "takes a commit by another algorithm than the upload began with": async (registry, repository) => {
    const { bytes, descriptor } = randomBlob(3067, "sha512");
    const upload = await registry.startUpload(repository);
    await upload.append(pieces(bytes));
    assert.deepEqual(await upload.commit(descriptor.digest), descriptor);
  },
  "refuses pieces out of order, and goes on from where it was": async (registry, repository) => {
    const { bytes, descriptor } = randomBlob();
    const upload = await registry.startUpload(repository);
    const append = (first: number, end: number) => upload.append(pieces(bytes.subarray(first, end)), { first });
    await failsWith("RANGE_INVALID", append(1024, 2048));
    assert.equal(upload.size, 0);
    await append(0, 1024);
    await failsWith("RANGE_INVALID", append(2048, 3067));
    await failsWith("RANGE_INVALID", append(0, 1024));
    assert.equal((await registry.resumeUpload(repository, upload.id)).size, 1024);
    await append(1024, 2048);
    await append(2048, 3067);
    assert.deepEqual(await upload.commit(descriptor.digest), descriptor);
  },
  "goes on with an upload by its id": async (registry, repository) => {
    const { bytes, descriptor } = randomBlob();
    const begun = await registry.startUpload(repository);
    await begun.append(pieces(bytes.subarray(0, 1500)));
    const upload = await registry.resumeUpload(repository, begun.id);
    assert.equal(upload.size, 1500);
    await upload.append(pieces(bytes.subarray(1500)), { first: 1500 });
    assert.deepEqual(await upload.commit(descriptor.digest), descriptor);
  },
  "fails an append with its source, and can go on": async (registry, repository) => {
    const { bytes, descriptor } = randomBlob();
    const upload = await registry.startUpload(repository);
    await assert.rejects(upload.append(broken(bytes.subarray(0, 1000))));
    const { size } = await registry.resumeUpload(repository, upload.id);
    assert.ok(size <= 1000);
    const again = await registry.resumeUpload(repository, upload.id);
    await again.append(pieces(bytes.subarray(size)), { first: size });
    assert.deepEqual(await again.commit(descriptor.digest), descriptor);
  },
  "ends an upload of another digest": async (registry, repository) => {
    const { bytes } = randomBlob();
    const { descriptor } = randomBlob();
    const upload = await registry.startUpload(repository);
    await upload.append(pieces(bytes));
    await failsWith("DIGEST_INVALID", upload.commit(descriptor.digest));
    await failsWith("BLOB_UPLOAD_UNKNOWN", registry.resumeUpload(repository, upload.id));
    await failsWith("BLOB_UNKNOWN", registry.statBlob(repository, descriptor.digest));
  },
  "forgets an upload that was cancelled": async (registry, repository) => {
    const { bytes, descriptor } = randomBlob();
    const upload = await registry.startUpload(repository);
    await upload.append(pieces(bytes));
    await upload.cancel();
    await failsWith("BLOB_UPLOAD_UNKNOWN", registry.resumeUpload(repository, upload.id));
    await failsWith("BLOB_UPLOAD_UNKNOWN", upload.commit(descriptor.digest));
    await upload.cancel();
  },
  "ends an upload with its commit": async (registry, repository) => {
    const { bytes, descriptor } = randomBlob();
    const upload = await registry.startUpload(repository);
    await upload.append(pieces(bytes));
    await upload.commit(descriptor.digest);
    await failsWith("BLOB_UPLOAD_UNKNOWN", upload.append(pieces(bytes)));
    await failsWith("BLOB_UPLOAD_UNKNOWN", registry.resumeUpload(repository, upload.id));
  },
  "knows no upload of another repository, nor one that never was": async (registry, repository) => {
    const upload = await registry.startUpload(repository);
    await failsWith("BLOB_UPLOAD_UNKNOWN", registry.resumeUpload(`${repository}/other`, upload.id));
    await failsWith("BLOB_UPLOAD_UNKNOWN", registry.resumeUpload(repository, "../../etc/passwd"));
    await failsWith("BLOB_UPLOAD_UNKNOWN", registry.resumeUpload(repository, "nothing"));
  },
  "makes an empty blob of an upload without bytes": async (registry, repository) => {
    const { descriptor } = randomBlob(0);
    const upload = await registry.startUpload(repository);
    assert.deepEqual(await upload.commit(descriptor.digest), descriptor);
  },
};
