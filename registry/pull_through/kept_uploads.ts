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

/** The upload that an earlier transfer has left, when there is anything in it. */
export async function findBeginning(
  store: Registry,
  kept: KeptUploads,
  repository: string,
  digest: Digest,
): Promise<Upload | undefined> {
  const id = await kept.find(repository, digest);
  if (id === undefined) return undefined;
  try {
    const upload = await store.resumeUpload(repository, id);
    if (upload.size > 0) return upload;
    await upload.cancel();
  } catch (error) {
    if (!isRegistryError(error, "BLOB_UPLOAD_UNKNOWN", "NAME_UNKNOWN")) throw error;
  }
  await kept.forget(repository, digest);
  return undefined;
}

/** A new upload of a blob, to be found by the next transfer when this one breaks off. */
export async function beginUpload(
  store: Registry,
  kept: KeptUploads,
  repository: string,
  digest: Digest,
): Promise<Upload> {
  const upload = await store.startUpload(repository, { algorithm: algorithmOf(digest) });
  await kept.note(repository, digest, upload.id);
  return upload;
}
