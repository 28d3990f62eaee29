import { delegatedRegistry } from "../delegated_registry.ts";
import type { BlobBody, Registry, Upload } from "../registry.ts";
import { isRegistryError, isThere } from "../registry_error.ts";
import type { Usage } from "../store/usage.ts";
import { digestOf } from "../values/digest.ts";
import { QuotaRoom, type Quotas } from "./quota_room.ts";

/**
 * A registry that takes pushes as far as quotas allow: DENIED with the numbers, before any byte is read where the size was
 * announced and at the first byte too many otherwise. Of a blob that is denied nothing stays. Reading, deleting, and what a
 * cache behind it stores, is not limited.
 */
export function withQuotas(registry: Registry, usage: Usage, quotas: Quotas): Registry {
  const room = new QuotaRoom(usage, quotas);
  return {
    ...delegatedRegistry(registry),
    pushBlob: async (repository, expected, body, options) => {
      await room.measure(repository);
      if (await isThere(registry.statBlob(repository, expected.digest, options))) {
        return await registry.pushBlob(repository, expected, body, options);
      }
      room.assert(repository, expected.size ?? 1);
      return await registry.pushBlob(repository, expected, limitBody(body, repository, room), options);
    },
    startUpload: async (repository, options) => {
      await room.measure(repository);
      room.assert(repository, 1);
      return limitUpload(await registry.startUpload(repository, options), repository, room);
    },
    resumeUpload: async (repository, ...rest) => {
      await room.measure(repository);
      return limitUpload(await registry.resumeUpload(repository, ...rest), repository, room);
    },
    mountBlob: async (repository, digest, options) => {
      await room.measure(repository);
      const isMounted = await isThere(registry.statBlob(repository, digest, options));
      // Bytes that are there already are new to the repository alone.
      if (!isMounted) room.assertInRepository(repository, (await usage.sizeOf(digest)) ?? 0);
      const result = await registry.mountBlob(repository, digest, options);
      if (result.kind !== "upload") return result;
      return { ...result, upload: limitUpload(result.upload, repository, room) };
    },
    pushManifest: async (repository, bytes, options) => {
      await room.measure(repository);
      const known = () => registry.statManifest(repository, options.digest ?? digestOf(bytes), options);
      // A tag that is moved to what is there takes no room.
      const isFree = room.has(repository, bytes.byteLength) || (await isThere(known()));
      if (!isFree) room.assert(repository, bytes.byteLength);
      return await registry.pushManifest(repository, bytes, options);
    },
  };
}

/** An upload that is cancelled by the byte that is too much. */
function limitUpload(upload: Upload, repository: string, room: QuotaRoom): Upload {
  const { id, minimumChunkBytes } = upload;
  return {
    id,
    get size() {
      return upload.size;
    },
    ...(minimumChunkBytes !== undefined && { minimumChunkBytes }),
    append: async (body, options = {}) => {
      try {
        room.assert(repository, options.size ?? 0);
        await upload.append(room.pass(repository, body), options);
      } catch (error) {
        if (isRegistryError(error, "DENIED")) await upload.cancel();
        throw error;
      }
    },
    commit: (...call) => upload.commit(...call),
    cancel: (...call) => upload.cancel(...call),
  };
}

function limitBody(body: BlobBody, repository: string, room: QuotaRoom): BlobBody {
  if (typeof body === "function") return (first) => room.pass(repository, body(first));
  return room.pass(repository, body);
}
