import type { PushManifestOptions } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import { algorithmOf, type Digest, digestOf, parseDigest } from "../values/digest.ts";
import { childrenOf, type Manifest, parseManifest, toReferrer } from "../values/manifest.ts";
import { bareMediaType, isForeignLayer } from "../values/media_type.ts";
import { assertTag } from "../values/name.ts";
import type { ManifestRecord } from "./repository_index.ts";

/**
 * What has to be in a repository before a manifest that needs it.
 *
 * - `nothing`: a mirror fills in later
 * - `blobs`: config and layers of an image; indexes may be sparse, as copies of selected platforms are
 * - `everything`: the manifests of an index as well
 */
export type ManifestChecks = "nothing" | "blobs" | "everything";

/** What acceptance is decided by. */
export interface AcceptanceRules {
  readonly checks: ManifestChecks;
  readonly maximumManifestBytes: number;
  /** Whether the repository has a blob or manifest; asked of all that the manifest names, which is wanted from now on. */
  has(digest: Digest): Promise<boolean>;
}

/** Decides whether a manifest is taken, and what the index will say of it. Errors as of `Registry.pushManifest`. */
export async function acceptManifest(
  bytes: Uint8Array,
  options: PushManifestOptions,
  rules: AcceptanceRules,
): Promise<{ digest: Digest; record: ManifestRecord }> {
  for (const tag of options.tags ?? []) assertTag(tag);
  const manifest = parseManifest(bytes, options.mediaType, { maximumBytes: rules.maximumManifestBytes });
  const digest = digestOf(bytes, options.digest && algorithmOf(parseDigest(options.digest)));
  if (options.digest !== undefined && options.digest !== digest) {
    const found = `found content of digest ${digest}`;
    throw new RegistryError("DIGEST_INVALID", `Cannot write manifest "${options.digest}": ${found}`);
  }
  await assertChildren(manifest, digest, rules);
  const { artifactType } = toReferrer(manifest, { digest, size: bytes.byteLength });
  const stated = bareMediaType(options.mediaType);
  const record = {
    mediaType: stated === "" || stated === "application/json" ? manifest.mediaType : options.mediaType,
    size: bytes.byteLength,
    ...(manifest.subject !== undefined && { subject: manifest.subject.digest }),
    ...(artifactType !== undefined && { artifactType }),
  };
  return { digest, record };
}

async function assertChildren(manifest: Manifest, digest: Digest, { checks, has }: AcceptanceRules): Promise<void> {
  const missing: Digest[] = [];
  for (const child of childrenOf(manifest)) {
    if (!isForeignLayer(child.mediaType) && !(await has(child.digest))) missing.push(child.digest);
  }
  if (checks === "nothing" || (checks === "blobs" && manifest.kind === "index") || missing.length === 0) return;
  throw new RegistryError(
    "MANIFEST_BLOB_UNKNOWN",
    `Cannot write manifest "${digest}": it needs ${missing.slice(0, 5).join(", ")}, not found in the repository`,
    { detail: { digests: missing } },
  );
}
