import { type ImageManifest, parseManifest } from "./manifest.ts";
import { mediaTypes } from "./media_type.ts";
import { quoted } from "./quoted.ts";

/** What registries have called parts of old images, which daemons go on taking for such (docker/distribution#1621). */
const vagueTypes: readonly string[] = ["application/octet-stream", "application/json", "text/html"];

const configTypes: readonly string[] = [mediaTypes.ociConfig, mediaTypes.dockerConfig, ...vagueTypes];

/**
 * Why a manifest in the form of an image is none that can be run, and what to do; undefined for an image. Charts and the like
 * have a configuration of their own or an empty one (image-spec manifest.md, "Guidelines for Artifact Usage"); signatures and
 * attestations may have an image's, with layers of their own.
 */
export function findArtifactFault(
  manifest: Pick<ImageManifest, "artifactType" | "config" | "layers">,
): string | undefined {
  const type = findArtifactType(manifest);
  if (type === undefined) return undefined;
  return `it is no image but an artifact of type ${quoted(type)}: name an image, or copy it as it is to a registry or an image layout`;
}

/** The same of a manifest that nobody has parsed. An index may lead to images, whatever else it has. Throws MANIFEST_INVALID. */
export function findContentFault(bytes: Uint8Array, mediaType: string): string | undefined {
  const manifest = parseManifest(bytes, mediaType);
  return manifest.kind === "image" ? findArtifactFault(manifest) : undefined;
}

function findArtifactType({
  artifactType,
  config,
  layers,
}: Pick<ImageManifest, "artifactType" | "config" | "layers">): string | undefined {
  if (!configTypes.includes(config.mediaType)) return artifactType ?? config.mediaType;
  return layers.find(({ mediaType }) => !isLayer(mediaType))?.mediaType;
}

/** Also of a form that we do not know, which a daemon may. */
function isLayer(mediaType: string): boolean {
  return (
    /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./.test(mediaType) || vagueTypes.includes(mediaType)
  );
}
