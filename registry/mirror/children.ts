import type { Descriptor } from "../values/descriptor.ts";
import { childrenOf, type Manifest } from "../values/manifest.ts";
import { type Platform, rankPlatform } from "../values/platform.ts";

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

/** An index with these children alone, all else as it was; the same bytes every time. */
export function rewriteIndex(bytes: Uint8Array, children: readonly Descriptor[]): Uint8Array {
  const wanted = new Set<unknown>(children.map(({ digest }) => digest));
  const document: { manifests: { digest: unknown }[] } = JSON.parse(new TextDecoder().decode(bytes));
  const manifests = document.manifests.filter(({ digest }) => wanted.has(digest));
  return new TextEncoder().encode(JSON.stringify({ ...document, manifests }));
}
