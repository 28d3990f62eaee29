import assert from "node:assert/strict";
import type { ByteRange } from "../../../registry/values/byte_range.ts";
import type { Rules } from "./conformance.ts";
import { failsWith } from "./failure.ts";
import { blobOf, collect, pieces, pushSpecimen, randomBlob } from "./specimens.ts";

/** Ranges of a blob of 3067 bytes, and what they mean. */
const ranges: readonly (readonly [ByteRange, readonly [number, number] | undefined])[] = [
  [{ first: 500, last: 1499 }, [500, 1499]],
  [{ first: 500 }, [500, 3066]],
  [{ suffix: 500 }, [2567, 3066]],
  [{ first: 2000, last: 5000 }, [2000, 3066]],
  [{ first: 0, last: 0 }, [0, 0]],
  [{ first: 5000, last: 10_000 }, undefined],
  [{ first: 3067 }, undefined],
];

export const blobRules: Rules = {
  "gives back a blob as it was pushed, and says what it is": async (registry, repository) => {
    for (const algorithm of ["sha256", "sha512"] as const) {
      for (const size of [0, 2, 3067]) {
        const blob = randomBlob(size, algorithm);
        const { digest } = blob.descriptor;
        assert.deepEqual(await registry.pushBlob(repository, { digest, size }, pieces(blob.bytes)), blob.descriptor);
        assert.deepEqual(await registry.statBlob(repository, digest), blob.descriptor);
        await using content = await registry.getBlob(repository, digest);
        assert.deepEqual(content.descriptor, blob.descriptor);
        assert.deepEqual(await collect(content.body), Buffer.from(blob.bytes));
      }
    }
  },
  "takes a blob whose size nobody knows": async (registry, repository) => {
    const { bytes, descriptor } = randomBlob();
    const { digest } = descriptor;
    assert.deepEqual(await registry.pushBlob(repository, { digest }, pieces(bytes)), descriptor);
  },
  "takes a blob from a function that can begin anywhere": async (registry, repository) => {
    const { bytes, descriptor } = randomBlob();
    await registry.pushBlob(repository, descriptor, (first) => pieces(bytes.subarray(first)));
    assert.deepEqual(await registry.statBlob(repository, descriptor.digest), descriptor);
  },
  "takes the same blob twice, also at once": async (registry, repository) => {
    const blob = randomBlob();
    const pushed = await Promise.all([1, 2, 3].map(() => pushSpecimen(registry, repository, blob)));
    for (const descriptor of pushed) assert.deepEqual(descriptor, blob.descriptor);
    await using content = await registry.getBlob(repository, blob.descriptor.digest);
    assert.deepEqual(await collect(content.body), Buffer.from(blob.bytes));
  },
  "knows no blob that was not pushed": async (registry, repository) => {
    const { descriptor } = randomBlob();
    await failsWith("BLOB_UNKNOWN", registry.getBlob(repository, descriptor.digest));
    await failsWith("BLOB_UNKNOWN", registry.statBlob(repository, descriptor.digest));
  },
  "keeps the blobs of repositories apart": async (registry, repository) => {
    const blob = randomBlob();
    await pushSpecimen(registry, repository, blob);
    await failsWith("BLOB_UNKNOWN", registry.statBlob(`${repository}/other`, blob.descriptor.digest));
  },
  "refuses a blob of another digest, and keeps nothing of it": async (registry, repository) => {
    const [one, other] = [randomBlob(), randomBlob()];
    const { digest } = other.descriptor;
    await failsWith("DIGEST_INVALID", registry.pushBlob(repository, { digest }, pieces(one.bytes)));
    await failsWith("BLOB_UNKNOWN", registry.statBlob(repository, digest));
    await failsWith("BLOB_UNKNOWN", registry.statBlob(repository, one.descriptor.digest));
  },
  "refuses a blob of another size": async (registry, repository) => {
    const { bytes, descriptor } = randomBlob();
    for (const size of [descriptor.size - 1, descriptor.size + 1]) {
      const work = registry.pushBlob(repository, { ...descriptor, size }, pieces(bytes));
      await failsWith(["SIZE_INVALID", "DIGEST_INVALID"], work);
      await failsWith("BLOB_UNKNOWN", registry.statBlob(repository, descriptor.digest));
    }
  },
  "gives ranges of a blob": async (registry, repository) => {
    const blob = randomBlob(3067);
    await pushSpecimen(registry, repository, blob);
    for (const [range, expected] of ranges) {
      const reading = registry.getBlob(repository, blob.descriptor.digest, { range });
      if (expected === undefined) {
        await failsWith("RANGE_INVALID", reading);
        continue;
      }
      await using content = await reading;
      const [first, last] = expected;
      assert.deepEqual(content.span, { first, last });
      assert.equal(content.descriptor.size, 3067);
      assert.deepEqual(await collect(content.body), Buffer.from(blob.bytes.subarray(first, last + 1)));
    }
  },
  "lets a reader stop early": async (registry, repository) => {
    const blob = randomBlob(500_000);
    await pushSpecimen(registry, repository, blob);
    await using content = await registry.getBlob(repository, blob.descriptor.digest);
    for await (const piece of content.body) {
      assert.ok(piece.byteLength > 0);
      break;
    }
    await using unread = await registry.getBlob(repository, blob.descriptor.digest);
    assert.equal(unread.descriptor.size, 500_000);
  },
  "mounts a blob of another repository": async (registry, repository) => {
    const blob = randomBlob();
    await pushSpecimen(registry, `${repository}/source`, blob);
    const result = await registry.mountBlob(repository, blob.descriptor.digest, { from: `${repository}/source` });
    assert.equal(result.kind, "mounted");
    await using content = await registry.getBlob(repository, blob.descriptor.digest);
    assert.deepEqual(await collect(content.body), Buffer.from(blob.bytes));
  },
  "mounts a blob from wherever it is": async (registry, repository) => {
    const blob = randomBlob();
    await pushSpecimen(registry, `${repository}/source`, blob);
    assert.equal((await registry.mountBlob(repository, blob.descriptor.digest)).kind, "mounted");
    assert.deepEqual(await registry.statBlob(repository, blob.descriptor.digest), blob.descriptor);
  },
  "begins an upload instead of a mount when the source has no such blob": async (registry, repository) => {
    const { bytes, descriptor } = randomBlob();
    await pushSpecimen(registry, `${repository}/source`, randomBlob());
    const result = await registry.mountBlob(repository, descriptor.digest, { from: `${repository}/source` });
    assert.ok(result.kind === "upload");
    await result.upload.append(pieces(bytes));
    assert.deepEqual(await result.upload.commit(descriptor.digest), descriptor);
    await failsWith("BLOB_UNKNOWN", registry.statBlob(`${repository}/source`, descriptor.digest));
  },
  "mounts, or begins nothing when a caller wants no upload": async (registry, repository) => {
    const blob = randomBlob();
    await pushSpecimen(registry, `${repository}/source`, blob);
    const { digest } = randomBlob().descriptor;
    const options = { from: `${repository}/source`, otherwise: "nothing" } as const;
    assert.deepEqual(await registry.mountBlob(repository, digest, options), { kind: "nothing" });
    assert.deepEqual(await registry.mountBlob(repository, blob.descriptor.digest, options), { kind: "mounted" });
    assert.deepEqual(await registry.statBlob(repository, blob.descriptor.digest), blob.descriptor);
  },
  "refuses repositories that have no legal name": async (registry) => {
    const { descriptor } = blobOf(Buffer.from("x"));
    for (const repository of ["Upper", "a//b", "-a", "a/", "a".repeat(256)]) {
      await failsWith("NAME_INVALID", registry.statBlob(repository, descriptor.digest));
    }
  },
  "does nothing for a caller that has given up": async (registry, repository) => {
    const blob = randomBlob();
    await pushSpecimen(registry, repository, blob);
    const reason = new Error("given up");
    const signal = AbortSignal.abort(reason);
    await assert.rejects(registry.getBlob(repository, blob.descriptor.digest, { signal }), reason);
    await assert.rejects(registry.startUpload(repository, { signal }), reason);
  },
};
