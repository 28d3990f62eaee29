import { randomBytes } from "node:crypto";
import type { Registry } from "../../../registry/registry.ts";
import type { Descriptor } from "../../../registry/values/descriptor.ts";
import { type DigestAlgorithm, digestOf } from "../../../registry/values/digest.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import type { Platform } from "../../../registry/values/platform.ts";

/** Random content and what it is. */
export interface Specimen {
  readonly bytes: Uint8Array;
  readonly descriptor: Descriptor;
}

export function blobOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Specimen {
  const digest = digestOf(bytes, algorithm);
  return { bytes, descriptor: { mediaType: "application/octet-stream", digest, size: bytes.byteLength } };
}

export function randomBlob(size = 3067, algorithm: DigestAlgorithm = "sha256"): Specimen {
  return blobOf(randomBytes(size), algorithm);
}

/** A manifest of a document, with the type that the document states. */
export function manifestOf(
  document: { mediaType: string; [field: string]: unknown },
  algorithm: DigestAlgorithm = "sha256",
): Specimen {
  const { bytes, descriptor } = blobOf(new TextEncoder().encode(JSON.stringify(document, null, 1)), algorithm);
  return { bytes, descriptor: { ...descriptor, mediaType: document.mediaType } };
}

export const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";

/** A pushed image: blobs are in the repository, the manifest is yours to push. */
export async function prepareImage(registry: Registry, repository: string, extra: object = {}): Promise<Specimen> {
  const config = randomBlob(200);
  const layer = randomBlob(2000);
  for (const blob of [config, layer]) await pushSpecimen(registry, repository, blob);
  return manifestOf({
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
    config: { ...config.descriptor, mediaType: mediaTypes.ociConfig },
    layers: [{ ...layer.descriptor, mediaType: layerType }],
    ...extra,
  });
}

export function indexOf(manifests: readonly Specimen[], extra: object = {}): Specimen {
  const descriptors = manifests.map(({ descriptor }) => descriptor);
  return manifestOf({ ...{ schemaVersion: 2, mediaType: mediaTypes.ociIndex }, manifests: descriptors, ...extra });
}

/** Pushes an index of an index, and so on, `depth` of them, around an image for `platform`; tags are the outermost's. */
export async function pushNested(
  registry: Registry,
  repository: string,
  { image, platform, depth }: { image: Specimen; platform: Platform; depth: number },
  tags: string[],
): Promise<Specimen> {
  let inner = image;
  for (let left = depth; left > 0; left--) {
    inner = indexOf([{ ...inner, descriptor: { ...inner.descriptor, platform } }]);
    await pushManifest(registry, repository, inner, left === 1 ? tags : []);
  }
  return inner;
}

export async function pushSpecimen(registry: Registry, repository: string, { bytes, descriptor }: Specimen) {
  return await registry.pushBlob(repository, descriptor, pieces(bytes));
}

export async function pushImage(registry: Registry, repository: string, tags: string[], extra: object = {}) {
  const image = await prepareImage(registry, repository, extra);
  await pushManifest(registry, repository, image, tags);
  return image;
}

export const chartType = "application/vnd.cncf.helm.config.v1+json";

/** Pushes an artifact, in the form that helm gives a chart. */
export async function pushChart(registry: Registry, repository: string, tags: string[]): Promise<Specimen> {
  const [config, content] = [randomBlob(100), randomBlob(2000)];
  for (const blob of [config, content]) await pushSpecimen(registry, repository, blob);
  return await pushImage(registry, repository, tags, {
    config: { ...config.descriptor, mediaType: chartType },
    layers: [{ ...content.descriptor, mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip" }],
  });
}

export async function pushManifest(registry: Registry, repository: string, manifest: Specimen, tags: string[] = []) {
  const { mediaType, digest } = manifest.descriptor;
  return await registry.pushManifest(repository, manifest.bytes, { mediaType, digest, tags });
}

/** Bytes as a stream of pieces. */
export async function* pieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

/** All of a stream. */
export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of body) all.push(piece);
  return Buffer.concat(all);
}

export async function list<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
