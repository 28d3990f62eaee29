import type { Registry } from "../../../registry/registry.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import { mediaTypes } from "../../../registry/values/media_type.ts";
import { parsePlatform } from "../../../registry/values/platform.ts";
import { blobOf, indexOf, manifestOf, pushManifest, pushSpecimen, type Specimen } from "./specimens.ts";

/** An index of images by their platforms, with an attestation about each, as BuildKit pushes it. */
export interface AttestedIndex {
  readonly index: Specimen;
  /** Its entries: each image, and after it its attestation. */
  readonly parts: readonly Specimen[];
}

/** Pushes an index of images that the repository has, by platforms such as `linux/arm64`. */
export async function pushAttested(
  registry: Registry,
  repository: string,
  images: Readonly<Record<string, Specimen>>,
  tags: string[],
): Promise<AttestedIndex> {
  const parts: Specimen[] = [];
  for (const [text, image] of Object.entries(images)) {
    const attestation = await pushAttestation(registry, repository, image);
    const annotations = {
      "vnd.docker.reference.type": "attestation-manifest",
      "vnd.docker.reference.digest": image.descriptor.digest,
    };
    const platform = { os: "unknown", architecture: "unknown" };
    parts.push(
      { ...image, descriptor: { ...image.descriptor, platform: parsePlatform(text) } },
      { ...attestation, descriptor: { ...attestation.descriptor, platform, annotations } },
    );
  }
  const index = indexOf(parts);
  await pushManifest(registry, repository, index, tags);
  return { index, parts };
}

/** Has the form of an image, with statements for layers. */
async function pushAttestation(registry: Registry, repository: string, image: Specimen): Promise<Specimen> {
  const encode = (document: object) => blobOf(new TextEncoder().encode(JSON.stringify(document)));
  const subject = [{ name: "image", digest: { sha256: image.descriptor.digest.slice("sha256:".length) } }];
  const type = { _type: "https://in-toto.io/Statement/v0.1", predicateType: "https://slsa.dev/provenance/v0.2" };
  const statement = encode({ ...type, subject, predicate: {} });
  const unknown = { architecture: "unknown", os: "unknown", config: {} };
  const config = encode({ ...unknown, rootfs: { type: "layers", diff_ids: [digestOf(statement.bytes)] } });
  for (const blob of [config, statement]) await pushSpecimen(registry, repository, blob);
  const attestation = manifestOf({
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
    config: { ...config.descriptor, mediaType: mediaTypes.ociConfig },
    layers: [{ ...statement.descriptor, mediaType: "application/vnd.in-toto+json" }],
  });
  await pushManifest(registry, repository, attestation);
  return attestation;
}
