import type { Digest, DigestAlgorithm } from "../values/digest.ts";

/**
 * What a client of the distribution API asks for, as a value. Client and server share its two spellings,
 * {@link parseRequest} and {@link formatRequest}, so that they cannot drift apart. A `target` is a tag or a digest.
 */
export type RegistryRequest = { readonly namespace?: string } & (
  | { readonly kind: "ping" }
  | ({ readonly kind: "blob_get" | "blob_head" | "blob_delete" } & AboutBlob)
  | ({ readonly kind: "upload_start"; readonly algorithm?: DigestAlgorithm } & AboutRepository)
  | ({ readonly kind: "upload_blob" } & AboutBlob)
  | ({ readonly kind: "mount"; readonly from?: string } & AboutBlob)
  | ({ readonly kind: "upload_append" | "upload_status" | "upload_cancel" } & AboutUpload)
  | ({ readonly kind: "upload_commit"; readonly digest: Digest } & AboutUpload)
  | ({ readonly kind: "manifest_get" | "manifest_head" | "manifest_delete" } & AboutManifest)
  | ({ readonly kind: "manifest_put"; readonly tags?: readonly string[] } & AboutManifest)
  | ({ readonly kind: "tags_list" } & AboutRepository & Page)
  | ({ readonly kind: "repositories_list" } & Page)
  | ({ readonly kind: "referrers_list"; readonly artifactType?: string } & AboutBlob)
);

interface AboutRepository {
  readonly repository: string;
}
interface AboutBlob extends AboutRepository {
  readonly digest: Digest;
}
interface AboutUpload extends AboutRepository {
  readonly upload: string;
}
interface AboutManifest extends AboutRepository {
  readonly target: string;
}
/** Part of a list: at most `count` of what sorts after `after`. */
interface Page {
  readonly count?: number;
  readonly after?: string;
}
