// Images of one base and a small layer each, in a registry's repository "app", and the archives that a daemon is given of them.
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { type Descriptor, type Digest, digestOf, type Registry } from "../../registry/mod.ts";
import { mediaTypes } from "../../registry/values/media_type.ts";
import {
  blobOf,
  layerType,
  manifestOf,
  pushManifest,
  pushSpecimen,
  type Specimen,
} from "../registry/conformance/specimens.ts";

/** A layer that is packed, and the digest of what it unpacks to. */
export interface PackedLayer extends Specimen {
  readonly diffId: Digest;
}

export function packRandomLayer(): PackedLayer {
  const content = randomBytes(2000);
  return { ...blobOf(gzipSync(content)), diffId: digestOf(content) };
}

/** Pushes an image of a base and a layer of its own, of which its manifest may lie. */
export async function pushUpon(
  registry: Registry,
  base: PackedLayer,
  tag: string,
  lie: Partial<Pick<Descriptor, "size">> = {},
): Promise<{ readonly config: Digest; readonly manifest: Digest; readonly own: Descriptor }> {
  const own = packRandomLayer();
  const diff_ids = [base.diffId, own.diffId];
  const document = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids } };
  const config = blobOf(new TextEncoder().encode(JSON.stringify(document)));
  for (const blob of [config, base, own]) await pushSpecimen(registry, "app", blob);
  const layer = { ...own.descriptor, mediaType: layerType };
  const manifest = manifestOf({
    ...{ schemaVersion: 2, mediaType: mediaTypes.ociManifest },
    config: { ...config.descriptor, mediaType: mediaTypes.ociConfig },
    layers: [
      { ...base.descriptor, mediaType: layerType },
      { ...layer, ...lie },
    ],
  });
  await pushManifest(registry, "app", manifest, [tag]);
  return { config: config.descriptor.digest, manifest: manifest.descriptor.digest, own: layer };
}

/** An image as a docker-archive names it. */
export interface ArchivedImage {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

/** Reads a docker-archive: the names of its members, and its images. */
export async function readDockerArchive(
  archive: AsyncIterable<Uint8Array>,
): Promise<{ readonly members: readonly string[]; readonly images: readonly ArchivedImage[] }> {
  const members = new Map<string, Buffer>();
  for await (const member of Readable.from(archive).pipe(extract())) {
    members.set(member.header.name, Buffer.concat(await Array.fromAsync(member as AsyncIterable<Uint8Array>)));
  }
  return { members: [...members.keys()], images: JSON.parse(String(members.get("manifest.json"))) };
}
