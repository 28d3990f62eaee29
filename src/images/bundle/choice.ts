import {
  formatFamiliar,
  formatReference,
  type ImageName,
  type Platform,
  parseImageName,
  RegistryError,
  withDefaultTag,
} from "../../../registry/mod.ts";
import type { BundledImage } from "./bundle.ts";

/** Names of images that an error tells of. */
const mostTold = 20;

/**
 * The image of an archive that a name means: the one that has this name, digest or id; or the only one, when it says nothing
 * else of itself than perhaps the same tag. MANIFEST_UNKNOWN when the archive brings others. Throws ReferenceSyntaxError.
 */
export async function chooseImage(
  images: readonly BundledImage[],
  wanted: string,
  options: { platform: Platform; signal: AbortSignal },
): Promise<BundledImage> {
  const name = parseImageName(wanted);
  for (const image of images) if (await isMeant(image, name, options)) return image;
  const [only, ...others] = images;
  if (only !== undefined && others.length === 0 && mayBe(only, name)) return only;
  const brought = images.flatMap(({ names, labels }) => [...names.map(formatFamiliar), ...labels]);
  const unnamed = images.filter(({ names, labels }) => names.length + labels.length === 0).length;
  const found = [...brought.slice(0, mostTold), ...(unnamed > 0 ? [`${unnamed} without a name`] : [])];
  throw new RegistryError("MANIFEST_UNKNOWN", `it brings ${found.join(", ") || "no image"}`);
}

async function isMeant(
  { names, digest, findId }: BundledImage,
  wanted: ImageName,
  { platform, signal }: { platform: Platform; signal: AbortSignal },
): Promise<boolean> {
  if (wanted.kind === "image_id") return (await findId(platform, { signal })) === wanted.digest;
  const { reference } = wanted;
  if (reference.digest !== undefined) return digest === reference.digest;
  const full = formatReference(withDefaultTag(reference));
  return names.some((one) => formatReference(one) === full);
}

function mayBe({ names, labels }: BundledImage, wanted: ImageName): boolean {
  if (names.length > 0 || wanted.kind === "image_id" || wanted.reference.digest !== undefined) return false;
  return labels.every((label) => label === withDefaultTag(wanted.reference).tag);
}
