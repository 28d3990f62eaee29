import {
  type Descriptor,
  type Digest,
  digestOf,
  type ImageManifest,
  layerPackingOf,
  type ManifestContent,
  mediaTypes,
} from "../../../registry/mod.ts";
import { isDigest } from "../../../registry/values/digest.ts";
import { isForeignLayer } from "../../../registry/values/media_type.ts";
import type { ResolvedImage } from "./image_lookup.ts";
import { readDiffIds } from "./present_layers.ts";

/** An image as it is given to a daemon with its layers unpacked. It has the configuration, and with it the id, of the other. */
export interface RawImage {
  readonly manifest: ManifestContent;
  /** What is unpacked on the way, by the digest of what comes of it. */
  readonly layers: ReadonlyMap<Digest, Descriptor>;
  readonly config: { readonly digest: Digest; readonly bytes: Uint8Array };
}

/** Nobody knows how much a layer unpacks to before it has been unpacked, and a storage driver's daemon does not look. */
const unknownSize = 0;

/**
 * What an image is with its layers unpacked; undefined where that cannot be said: layers that lie elsewhere, or are no
 * archives, or a configuration that does not name what each of them unpacks to.
 */
export function toRawImage({ own, manifest }: ResolvedImage, config: Uint8Array): RawImage | undefined {
  const diffIds = findDiffIds(config, manifest);
  if (diffIds === undefined || !manifest.layers.every(isUnpackable)) return undefined;
  const layers = new Map<Digest, Descriptor>();
  const mediaType = manifest.mediaType === mediaTypes.ociManifest ? ociArchive : dockerArchive;
  const raw = manifest.layers.map((layer, index) => {
    const digest = diffIds[index] ?? layer.digest;
    if (digest === layer.digest) return layer;
    layers.set(digest, layer);
    return { mediaType, digest, size: unknownSize };
  });
  const bytes = new TextEncoder().encode(JSON.stringify({ ...JSON.parse(decode(own.bytes)), layers: raw }));
  const descriptor = { ...own.descriptor, digest: digestOf(bytes), size: bytes.byteLength };
  return { manifest: { descriptor, bytes }, layers, config: { digest: manifest.config.digest, bytes: config } };
}

const ociArchive = "application/vnd.oci.image.layer.v1.tar";
const dockerArchive = "application/vnd.docker.image.rootfs.diff.tar";

function isUnpackable({ mediaType }: Descriptor): boolean {
  return layerPackingOf(mediaType) !== undefined && !isForeignLayer(mediaType);
}

/** One for each layer, or undefined. */
function findDiffIds(config: Uint8Array, { layers }: ImageManifest): readonly Digest[] | undefined {
  let found: readonly string[];
  try {
    found = readDiffIds(config);
  } catch (error) {
    // What says it not is left to the daemon, which tells what it does not like.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return found.length === layers.length && found.every(isDigest) ? (found as readonly Digest[]) : undefined;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
