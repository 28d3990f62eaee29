import { followIndexes, indexesAlone } from "../follow_indexes.ts";
import type { ManifestContent } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";
import type { IndexManifest } from "../values/manifest.ts";
import { choosePlatform, formatPlatform, listPlatforms, namedPlatforms, type Platform } from "../values/platform.ts";

/**
 * The image of `platform` that an index leads to, perhaps through other indexes; a manifest that is no index is its own.
 * Throws MANIFEST_UNKNOWN when the index has none, and what `read` throws.
 */
export async function findPlatformImage(
  content: ManifestContent,
  platform: Platform,
  read: (digest: Digest) => Promise<ManifestContent>,
): Promise<ManifestContent> {
  const refuse = (why: string) =>
    new RegistryError(
      "MANIFEST_UNKNOWN",
      `Cannot choose an image for ${formatPlatform(platform)} from index "${content.descriptor.digest}": ${why}`,
    );
  const choose = (index: IndexManifest) => {
    const chosen = chooseEntry(index, platform);
    if (chosen) return chosen.digest;
    throw refuse(`it has none for it, but for ${listPlatforms(namedPlatforms(index.manifests))}`);
  };
  const found = await followIndexes(content, choose, read);
  if (found) return found.content;
  throw refuse(indexesAlone);
}

/** The entry that fits; the only one when it does not say what it is for. */
function chooseEntry({ manifests }: IndexManifest, platform: Platform): Descriptor | undefined {
  const [only, ...others] = manifests;
  return choosePlatform(manifests, platform) ?? (only?.platform || others.length > 0 ? undefined : only);
}
