import type { ManifestContent } from "./registry.ts";
import type { Digest } from "./values/digest.ts";
import { type ImageManifest, type IndexManifest, parseManifest } from "./values/manifest.ts";

/** Indexes in indexes that are followed: they are legal, and nobody nests them deeper. */
const deepestIndex = 4;

/** Why there is no image where {@link followIndexes} has found none, for errors. */
export const indexesAlone = "it leads to other indexes only";

/**
 * The image that a manifest leads to, through the entry of each index that `choose` takes; a manifest that is no index is its own.
 * Undefined when it leads to nothing but more indexes. Throws MANIFEST_INVALID, and what `choose` and `read` throw.
 */
export async function followIndexes(
  content: ManifestContent,
  choose: (index: IndexManifest) => Digest,
  read: (digest: Digest) => Promise<ManifestContent>,
): Promise<{ readonly content: ManifestContent; readonly manifest: ImageManifest } | undefined> {
  let found = content;
  for (let indexes = 0; ; indexes++) {
    const manifest = parseManifest(found.bytes, found.descriptor.mediaType);
    if (manifest.kind === "image") return { content: found, manifest };
    if (indexes === deepestIndex) return undefined;
    found = await read(choose(manifest));
  }
}
