import type { CallOptions, PushedManifest } from "../registry.ts";
import { isRegistryError } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { algorithmOf, type Digest, hexOf } from "../values/digest.ts";
import { type Manifest, parseManifest, toReferrer } from "../values/manifest.ts";
import { mediaTypes } from "../values/media_type.ts";
import { pushRemoteManifest, readManifest } from "./manifests.ts";
import type { RegistryConnection } from "./registry_connection.ts";

/** Tag that lists referrers where no API does: algorithm and hex, cut to 32 and 64 characters (contract B.4). */
export function referrersTagOf(digest: Digest): string {
  return `${algorithmOf(digest).slice(0, 32)}-${hexOf(digest).slice(0, 64)}`;
}

/** Referrers by the tag that stands in for the API; none when there is no such tag. */
export async function readReferrersTag(
  connection: RegistryConnection,
  repository: string,
  digest: Digest,
  options: CallOptions,
): Promise<readonly Descriptor[]> {
  try {
    const { bytes, descriptor } = await readManifest(connection, repository, referrersTagOf(digest), options);
    const manifest = parseManifest(bytes, descriptor.mediaType);
    return manifest.kind === "index" ? manifest.manifests : [];
  } catch (error) {
    if (isRegistryError(error, "MANIFEST_UNKNOWN", "NAME_UNKNOWN")) return [];
    throw error;
  }
}

/**
 * Lists a pushed manifest under its subject's tag, as a client has to where the registry has not said OCI-Subject
 * (contract B.4). Two who do so at once may overwrite each other: there is nothing in the protocol to prevent it.
 */
export async function addToReferrersTag(
  connection: RegistryConnection,
  repository: string,
  manifest: Manifest,
  pushed: PushedManifest,
  options: CallOptions,
): Promise<PushedManifest> {
  const subject = manifest.subject?.digest;
  if (subject === undefined || pushed.subject !== undefined) return pushed;
  const known = await readReferrersTag(connection, repository, subject, options);
  if (!known.some(({ digest }) => digest === pushed.descriptor.digest)) {
    const manifests = [...known, toReferrer(manifest, pushed.descriptor)];
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
    const bytes = new TextEncoder().encode(JSON.stringify(index));
    const tags = [referrersTagOf(subject)];
    await pushRemoteManifest(connection, repository, bytes, { ...options, mediaType: mediaTypes.ociIndex, tags });
  }
  return { ...pushed, subject };
}
