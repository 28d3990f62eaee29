import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import { readFileStream } from "../../../registry/layout/file_stream.ts";
import {
  type ArchiveWriter,
  type Digest,
  type DockerWriterOptions,
  formatFamiliar,
  formatReference,
  type ImageManifest,
  ifThere,
  layerPackingOf,
  type MemberSink,
  type Members,
  mediaTypes,
  openDockerWriter,
  openOciReader,
  openOciWriter,
  parseManifest,
  type Reference,
  type Registry,
  type RegistryLister,
  type RegistryReader,
  readDockerImageId,
  readDockerImages,
  type Spool,
} from "../../../registry/mod.ts";
import { verifiedStream } from "../../../registry/verified_stream.ts";
import type { ImageStore } from "../../docker/mod.ts";

/**
 * Writes images in the form that a daemon is given: every storage driver reads a docker-archive; containerd would make
 * manifests of its own of it, and keeps those of an image layout, so that an image has its registry's digest there.
 */
export async function openDaemonWriter(sink: MemberSink, store: ImageStore, spool: Spool): Promise<ArchiveWriter> {
  if (store === "containerd") return checkingFirst(await openOciWriter(sink), spool);
  return openGraphWriter(sink, { spool });
}

/** Writes images for a daemon with a storage driver, which is not sent the layers that it holds. */
export function openGraphWriter(
  sink: MemberSink,
  options: Pick<DockerWriterOptions, "spool" | "isHeld">,
): ArchiveWriter {
  return openDockerWriter(sink, { names: [], images: "several", packings: ["tar", "gzip"], ...options });
}

/**
 * Containerd keeps the beginning of a file of an archive that broke off, and goes on there when a file of that name comes again: a
 * wrong byte would spoil the right archive that comes next. So it is given nothing that has not been seen to be right.
 */
function checkingFirst({ registry, finish }: ArchiveWriter, spool: Spool): ArchiveWriter {
  const pushBlob: Registry["pushBlob"] = async (repository, expected, body, options) => {
    const { digest, size } = expected;
    if (size === undefined) return await registry.pushBlob(repository, expected, body, options);
    await using file = await spool.keep(verifiedStream(typeof body === "function" ? body(0) : body, digest, size));
    return await registry.pushBlob(repository, expected, readFileStream(file.path), options);
  };
  return { registry: { ...delegatedRegistry(registry), pushBlob }, finish };
}

/** What an image with a tag is called in such an archive. */
export function toArchiveName(reference: Reference, store: ImageStore): string {
  return store === "containerd" ? formatReference(reference) : formatFamiliar(reference);
}

/** How images are shown that a daemon has without their registry's manifest. */
export interface SourceShape {
  readonly manifests: "docker" | "oci";
  readonly layers: "as they are" | "gzip";
}

/**
 * The manifest that the image of an archive from containerd's store had when it was pulled, loaded or built, and a registry that
 * has it; undefined when it is not there, or is not what it is to look like. Of an index, the daemon may have the image of one
 * platform only.
 */
export async function findKeptManifest(
  members: Members,
  shape: SourceShape,
): Promise<{ registry: RegistryReader & RegistryLister; digest: Digest } | undefined> {
  const [image] = await readDockerImages(members);
  if (image === undefined) return undefined;
  const config = await readDockerImageId(members, image);
  const { registry, entries } = await openOciReader(members);
  const left = entries.map(({ digest }) => digest);
  // What indexes lead to is added while it is walked through.
  for (const digest of left) {
    const content = await ifThere(registry.getManifest("image", digest));
    if (content === undefined) continue;
    const manifest = parseManifest(content.bytes, content.descriptor.mediaType);
    if (manifest.kind === "index") left.push(...manifest.manifests.map((child) => child.digest));
    else if (manifest.config.digest === config) return isFit(manifest, shape) ? { registry, digest } : undefined;
  }
  return undefined;
}

/**
 * Whoever takes Docker's media types takes OCI's too, but a layout with Docker's is none to other tools. What Docker's media
 * types call unpacked comes from a docker-archive, and no registry has it.
 */
function isFit({ mediaType, layers }: ImageManifest, shape: SourceShape): boolean {
  if (mediaType === mediaTypes.ociManifest) return true;
  if (shape.manifests === "oci") return false;
  return shape.layers === "as they are" || layers.every((layer) => layerPackingOf(layer.mediaType) !== "tar");
}
