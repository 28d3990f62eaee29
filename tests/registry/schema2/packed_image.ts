import { randomBytes } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Registry } from "../../../registry/registry.ts";
import type { Descriptor } from "../../../registry/values/descriptor.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import { type LayerPacking, mediaTypes } from "../../../registry/values/media_type.ts";
import { blobOf, manifestOf, pushManifest, pushSpecimen, type Specimen } from "../conformance/specimens.ts";

const layerTypes: Readonly<Record<LayerPacking, string>> = {
  tar: "application/vnd.oci.image.layer.v1.tar",
  gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
};

/** What stands for a layer's archive: it can be packed, and looks like nothing that is packed. */
export function archive(size = 300_000): Uint8Array {
  return Buffer.concat([Buffer.from("an archive "), Buffer.from(randomBytes(size / 2).toString("hex"))]);
}

export function packed(bytes: Uint8Array, packing: LayerPacking): Uint8Array {
  if (packing === "gzip") return gzipSync(bytes);
  return packing === "zstd" ? zstdCompressSync(bytes) : bytes;
}

/** A layer as it is pushed, and what it unpacks to. */
export interface Layer {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly unpacked: Uint8Array;
}

export function layerOf(packing: LayerPacking, unpacked: Uint8Array = archive()): Layer {
  return { bytes: packed(unpacked, packing), mediaType: layerTypes[packing], unpacked };
}

/** An OCI image of layers, whose config says what they unpack to. Blobs are pushed, the manifest as well; tags are set. */
export async function pushLayers(
  registry: Registry,
  repository: string,
  layers: readonly Layer[],
  options: { tags?: string[]; config?: object; extra?: object } = {},
): Promise<Specimen> {
  const { tags = [], extra = {} } = options;
  const diffIds = layers.map(({ unpacked }) => digestOf(unpacked));
  const document = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: diffIds } };
  const config = blobOf(Buffer.from(JSON.stringify(options.config ?? document)));
  const blobs = layers.map(({ bytes }) => blobOf(bytes));
  for (const blob of [config, ...blobs]) await pushSpecimen(registry, repository, blob);
  const image = manifestOf({
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
    config: { ...config.descriptor, mediaType: mediaTypes.ociConfig },
    layers: blobs.map(({ descriptor }, at) => ({ ...descriptor, mediaType: layers[at]?.mediaType })),
    ...extra,
  });
  await pushManifest(registry, repository, image, tags);
  return image;
}

/** An index of images by platform, such as `linux/arm64`; an empty one is left out. */
export async function pushIndex(
  registry: Registry,
  repository: string,
  entries: Readonly<Record<string, Specimen>>,
  { tags = [], mediaType = mediaTypes.ociIndex }: { tags?: string[]; mediaType?: string } = {},
): Promise<Specimen> {
  const manifests = Object.entries(entries).map(([text, { descriptor }]): Descriptor => {
    const [os = "", architecture = ""] = text.split("/");
    return { ...descriptor, ...(os !== "" && { platform: { os, architecture } }) };
  });
  const index = manifestOf({ schemaVersion: 2, mediaType, manifests });
  await pushManifest(registry, repository, index, tags);
  return index;
}
