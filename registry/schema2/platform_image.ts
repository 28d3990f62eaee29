import type { ManifestContent } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import type { Digest } from "../values/digest.ts";
import { type IndexManifest, parseManifest } from "../values/manifest.ts";
import { choosePlatform, formatPlatform, type Platform } from "../values/platform.ts";

/** Indexes in indexes that are followed; nobody nests deeper, and a loop of digests cannot be made. */
const deepestIndex = 4;

/**
 * The image of `platform` that an index leads to, perhaps through other indexes; a manifest that is no index is its own.
 * Throws MANIFEST_UNKNOWN when the index has none, and what `read` throws.
 */
export async function findPlatformImage(
  content: ManifestContent,
  platform: Platform,
  read: (digest: Digest) => Promise<ManifestContent>,
): Promise<ManifestContent> {
  let found = content;
  for (let depth = 0; ; depth++) {
    const manifest = parseManifest(found.bytes, found.descriptor.mediaType);
    if (manifest.kind === "image") return found;
    const chosen = choose(manifest, platform);
    if (chosen === undefined || depth === deepestIndex) {
      const why = chosen ? "it leads to other indexes only" : `it has none for it, but for ${listPlatforms(manifest)}`;
      throw new RegistryError(
        "MANIFEST_UNKNOWN",
        `Cannot choose an image for ${formatPlatform(platform)} from index "${content.descriptor.digest}": ${why}`,
      );
    }
    found = await read(chosen.digest);
  }
}

/** The entry that fits; the only one when it does not say what it is for. */
function choose({ manifests }: IndexManifest, platform: Platform): IndexManifest["manifests"][number] | undefined {
  const [only, ...others] = manifests;
  return choosePlatform(manifests, platform) ?? (only?.platform || others.length > 0 ? undefined : only);
}

function listPlatforms({ manifests }: IndexManifest): string {
  const known = manifests.map(({ platform }) => platform).filter((one) => one !== undefined && one.os !== "unknown");
  return known.length === 0 ? "nothing that it names" : known.map((one) => formatPlatform(one as Platform)).join(", ");
}
