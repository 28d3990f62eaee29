import { RegistryError } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { childrenOf, type Manifest } from "../values/manifest.ts";
import { listPlatforms, namedPlatforms, type Platform, rankPlatform } from "../values/platform.ts";

/** Annotation by which BuildKit's attestations name the image that they are about. */
const attestedAnnotation = "vnd.docker.reference.digest";

/**
 * Of an index, the images that run on one of the platforms, with the attestations that are about them; what names no platform comes
 * along. Of an image, all.
 */
export function chooseChildren(manifest: Manifest, platforms: readonly Platform[] | undefined): readonly Descriptor[] {
  const children = childrenOf(manifest);
  if (manifest.kind !== "index" || !platforms) return children;
  const omitted = new Set<string>();
  for (const { digest, platform } of children) {
    if (platform === undefined || platform.os === "unknown") continue;
    if (!platforms.some((host) => rankPlatform(host, platform) === 0)) omitted.add(digest);
  }
  return children.filter(({ digest, annotations = {} }) => {
    return !omitted.has(digest) && !omitted.has(annotations[attestedAnnotation] ?? "");
  });
}

/**
 * Throws MANIFEST_UNKNOWN when an index names platforms and none of those that are wanted: nothing but attestations would be left of it.
 * Errors call it by `name`.
 */
export function assertOffered(manifest: Manifest, platforms: readonly Platform[] | undefined, name: string): void {
  if (platforms === undefined || isOffered(manifest, platforms)) return;
  const found = `it has ${listPlatforms(namedPlatforms(childrenOf(manifest)))}`;
  throw new RegistryError(
    "MANIFEST_UNKNOWN",
    `Cannot take images for ${listPlatforms(platforms)} from "${name}": ${found}`,
  );
}

/** Whether an index has an image of one of the platforms, or names none. */
export function isOffered(manifest: Manifest, platforms: readonly Platform[]): boolean {
  const chosen = chooseChildren(manifest, platforms);
  if (chosen.length === childrenOf(manifest).length) return true;
  return chosen.some(
    ({ platform, annotations = {} }) => platform?.os !== "unknown" && !(attestedAnnotation in annotations),
  );
}

/** An index with these children alone, all else as it was; the same bytes every time. */
export function rewriteIndex(bytes: Uint8Array, children: readonly Descriptor[]): Uint8Array {
  const wanted = new Set<unknown>(children.map(({ digest }) => digest));
  const document: { manifests: { digest: unknown }[] } = JSON.parse(new TextDecoder().decode(bytes));
  const manifests = document.manifests.filter(({ digest }) => wanted.has(digest));
  return new TextEncoder().encode(JSON.stringify({ ...document, manifests }));
}
