import type { Descriptor } from "../../../../registry/values/descriptor.ts";
import { type DigestAlgorithm, digestOf } from "../../../../registry/values/digest.ts";
import { mediaTypes } from "../../../../registry/values/media_type.ts";
import { blobOf, manifestOf, randomBlob, type Specimen } from "../../conformance/specimens.ts";

/** What one data set of contract I.3 is made of; the last manifest is the one that is tagged. */
export interface ManifestSet {
  readonly blobs: readonly Specimen[];
  readonly manifests: readonly Specimen[];
}

const layerTypes = {
  packed: "application/vnd.oci.image.layer.v1.tar+gzip",
  plain: "application/vnd.oci.image.layer.v1.tar",
  kept: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
};
const artifactType = "application/vnd.example.oci.conformance";

interface ImageOptions {
  readonly layers?: readonly string[];
  readonly config?: "image" | "empty";
  readonly extra?: object;
  readonly withData?: "with data";
  readonly algorithm?: DigestAlgorithm;
}

/** An image whose layers have these types; bytes of layers that are kept elsewhere are never pushed. */
export function imageSet(options: ImageOptions = {}): ManifestSet {
  const { layers = [layerTypes.packed, layerTypes.packed], config = "image", extra = {}, algorithm } = options;
  const configBlob =
    config === "image" ? blobOf(randomBlob(200).bytes, algorithm) : blobOf(Buffer.from("{}"), algorithm);
  const layerBlobs = layers.map(() => randomBlob(1500, algorithm));
  const describe = ({ bytes, descriptor }: Specimen, mediaType: string): Descriptor => ({
    ...descriptor,
    mediaType,
    ...(options.withData && { data: Buffer.from(bytes).toString("base64") }),
  });
  const document = {
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
    config: describe(configBlob, config === "image" ? mediaTypes.ociConfig : mediaTypes.ociEmpty),
    layers: layerBlobs.map((blob, at) => describe(blob, layers[at] ?? "")),
    ...extra,
  };
  const pushed = layerBlobs.filter((_, at) => layers[at] !== layerTypes.kept);
  return { blobs: [configBlob, ...pushed], manifests: [manifestOf(document, algorithm)] };
}

/** An index over the last manifests of sets, which are pushed before it. */
export function indexSet(children: readonly ManifestSet[], extra: object = {}): ManifestSet {
  const heads = children.map(({ manifests }) => manifests.at(-1) as Specimen);
  const manifests = heads.map(({ descriptor }, at) => ({
    ...descriptor,
    platform: { os: "linux", architecture: at === 0 ? "amd64" : "arm64" },
  }));
  const index = manifestOf({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests, ...extra });
  return {
    blobs: children.flatMap(({ blobs }) => blobs),
    manifests: [...children.flatMap((child) => child.manifests), index],
  };
}

/** A set that is about the head of another, which comes first. */
function about(subject: ManifestSet, make: (extra: object) => ManifestSet, extra: object = {}): ManifestSet {
  const head = subject.manifests.at(-1) as Specimen;
  const set = make({ subject: head.descriptor, annotations: { "org.example": "hello" }, ...extra });
  return { blobs: [...subject.blobs, ...set.blobs], manifests: [...subject.manifests, ...set.manifests] };
}

const artifact = (extra: object) =>
  imageSet({ config: "empty", layers: [artifactType], extra: { artifactType, ...extra } });
const twoImages = () => [imageSet(), imageSet()];
const missing = { mediaType: mediaTypes.ociManifest, digest: digestOf(Buffer.from("missing content")), size: 123 };
const sparse = (): ManifestSet => ({ blobs: [], manifests: indexSet(twoImages()).manifests.slice(-1) });

export const manifestSets: Readonly<Record<string, () => ManifestSet>> = {
  image: () => imageSet(),
  "image, uncompressed": () => imageSet({ layers: [layerTypes.plain] }),
  "image without layers": () => imageSet({ layers: [] }),
  "custom fields": () => imageSet({ extra: { "org.example.custom": [{ deep: 1.5 }, null] } }),
  "data field": () => imageSet({ withData: "with data" }),
  "large manifest": () =>
    imageSet({
      extra: {
        annotations: Object.fromEntries(Array.from({ length: 390 }, (_, at) => [`large-${at}`, "A".repeat(10_000)])),
      },
    }),
  index: () => indexSet(twoImages()),
  "nested index": () => indexSet([indexSet(twoImages()), indexSet(twoImages())]),
  "empty index": () => indexSet([]),
  "sparse index": sparse,
  artifact: () => artifact({}),
  "artifact without layers": () =>
    imageSet({ config: "empty", layers: [mediaTypes.ociEmpty], extra: { artifactType } }),
  "artifact index": () => indexSet([artifact({}), artifact({})], { artifactType }),
  "artifact with subject": () => about(imageSet(), artifact),
  "image with subject": () => about(imageSet(), (extra) => imageSet({ extra })),
  "index with subject": () =>
    about(indexSet(twoImages()), (extra) => indexSet([artifact({})], { artifactType, ...extra })),
  "missing subject": () => artifact({ subject: missing, annotations: { "org.example": "hello" } }),
  "non-distributable layers": () => imageSet({ layers: [layerTypes.kept, layerTypes.packed] }),
  "sha512 image": () => imageSet({ algorithm: "sha512" }),
};
