import { findArtifactFault } from "../values/artifact.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";
import type { ImageManifest } from "../values/manifest.ts";
import { isForeignLayer, layerPackingOf, mediaTypes } from "../values/media_type.ts";
import { quoted } from "../values/quoted.ts";

/** What a conversion is listed as among the referrers of its image; the number changes with the form. */
export const conversionType = "application/vnd.mesos-docker.schema2.v1+json";

/** Annotation of a conversion: the digest of the image that it was made from. */
const originalAnnotation = "io.mesos-docker.converted-from";

const dockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const dockerForeignLayer = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

/** Why an image has no form in Docker's schema 2; undefined when it has one. */
export function findConversionFault(image: ImageManifest): string | undefined {
  const fault = findArtifactFault(image);
  if (fault !== undefined) return fault;
  for (const [at, { mediaType }] of image.layers.entries()) {
    const packing = layerPackingOf(mediaType);
    if (packing === undefined) return `layers[${at}] has type ${quoted(mediaType)}, which is no layer that we know`;
    if (packing !== "gzip" && isForeignLayer(mediaType)) {
      return `layers[${at}] of type ${quoted(mediaType)} is kept elsewhere, and cannot be packed with gzip here`;
    }
  }
  return undefined;
}

/**
 * The manifest of schema 2 for an image, with the layers that stand in for its own. It refers to the image as its subject, so
 * that it is found by it, lives as long, and says where it comes from; Docker and Mesos pass over what they do not know.
 * The same image and layers give the same bytes (docs/ucr.md).
 */
export function formatConversion(
  { config, annotations = {} }: ImageManifest,
  layers: readonly Descriptor[],
  subject: Descriptor,
): Uint8Array {
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    artifactType: conversionType,
    config: { mediaType: mediaTypes.dockerConfig, size: config.size, digest: config.digest },
    layers: layers.map(({ mediaType, size, digest, urls }) => ({
      mediaType: isForeignLayer(mediaType) ? dockerForeignLayer : dockerLayer,
      size,
      digest,
      ...(urls && { urls }),
    })),
    subject: { mediaType: subject.mediaType, size: subject.size, digest: subject.digest },
    annotations: { ...annotations, [originalAnnotation]: subject.digest },
  };
  return new TextEncoder().encode(JSON.stringify(document));
}

/** Layers of a conversion that are not the image's own, and so are nowhere but here. */
export function ownLayersOf(conversion: ImageManifest, image: ImageManifest): Digest[] {
  const known = new Set(image.layers.map(({ digest }) => digest));
  return conversion.layers.map(({ digest }) => digest).filter((digest) => !known.has(digest));
}
