import type { Registry, Upload } from "../registry.ts";
import { isRegistryError } from "../registry_error.ts";
import { algorithmOf, type Digest } from "../values/digest.ts";

/**
 * Remembers which upload of a store has the beginning of which blob, so that a transfer that broke off, perhaps with its
 * process, is gone on with. The names of uploads mean something to the store alone.
 */
export interface KeptUploads {
  /** The upload that has the beginning of a blob. */
  find(repository: string, digest: Digest): Promise<string | undefined>;
  /** An upload is begun. */
  note(repository: string, digest: Digest, id: string): Promise<void>;
  /** It has become a blob, or is of no use. */
  forget(repository: string, digest: Digest): Promise<void>;
}

/** Nothing is remembered: each transfer begins anew. */
export const noKeptUploads: KeptUploads = {
  find: () => Promise.resolve(undefined),
  note: () => Promise.resolve(),
  forget: () => Promise.resolve(),
};

/** The upload of a blob, with what an earlier transfer has left, or a new one. */
export async function openUpload(
  store: Registry,
  kept: KeptUploads,
  repository: string,
  digest: Digest,
): Promise<Upload> {
  const id = await kept.find(repository, digest);
  if (id !== undefined) {
    try {
      return await store.resumeUpload(repository, id);
    } catch (error) {
      if (!isRegistryError(error, "BLOB_UPLOAD_UNKNOWN")) throw error;
    }
  }
  const upload = await store.startUpload(repository, { algorithm: algorithmOf(digest) });
  await kept.note(repository, digest, upload.id);
  return upload;
}
