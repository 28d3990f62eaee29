import { algorithmOf, type Digest, hexOf } from "./digest.ts";

/** Names of files in an OCI image layout (image-spec image-layout.md). */
export const ociNames = { layout: "oci-layout", index: "index.json" } as const;

/** What `oci-layout` says. */
export const ociLayoutText = '{"imageLayoutVersion":"1.0.0"}';

/** Annotation of an entry of index.json that names it, as a rule by a tag (image-spec annotations.md). */
export const refNameAnnotation = "org.opencontainers.image.ref.name";

/** Annotation by which containerd, and with it `docker load`, finds the whole name of an image. */
export const containerdNameAnnotation = "io.containerd.image.name";

/** Name of a blob's file. */
export function blobName(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}
