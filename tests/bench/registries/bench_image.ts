import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type Descriptor, digestOf, mediaTypes, openRegistryClient, type Registry } from "../../../registry/mod.ts";

const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";

/** Pushes an image of so many layers of random bytes, which no compression makes smaller; its tag is `latest`. */
export async function pushLargeImage(
  host: string,
  repository: string,
  size: { layers: number; layerBytes: number },
): Promise<{ readonly blobs: readonly Descriptor[] }> {
  using registry = openRegistryClient(host);
  const layers: Descriptor[] = [];
  for (let index = 0; index < size.layers; index++) {
    layers.push(await pushLayer(registry, repository, size.layerBytes));
  }
  await pushManifest(registry, repository, layers, "latest");
  return { blobs: layers };
}

/** Pushes images that have one layer in common and a small one each, under the tags `t0`, `t1`, …. */
export async function pushFamily(
  host: string,
  repository: string,
  size: { images: number; baseBytes: number; ownBytes: number },
): Promise<void> {
  using registry = openRegistryClient(host);
  const base = await pushLayer(registry, repository, size.baseBytes);
  for (let index = 0; index < size.images; index++) {
    const own = await pushLayer(registry, repository, size.ownBytes);
    await pushManifest(registry, repository, [base, own], `t${index}`);
  }
}

/** As real layers are, in gzip, but not squeezed: that would take longer than everything that is measured. */
async function pushLayer(registry: Registry, repository: string, byteCount: number): Promise<Descriptor> {
  return await pushBytes(registry, repository, gzipSync(randomBytes(byteCount), { level: 0 }), layerType);
}

async function pushManifest(
  registry: Registry,
  repository: string,
  layers: readonly Descriptor[],
  tag: string,
): Promise<void> {
  const diffIds = layers.map(({ digest }) => digest);
  const config = { architecture: "amd64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: diffIds } };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: await pushBytes(registry, repository, toJson(config), mediaTypes.ociConfig),
    layers,
  };
  await registry.pushManifest(repository, toJson(manifest), { mediaType: mediaTypes.ociManifest, tags: [tag] });
}

async function pushBytes(
  registry: Registry,
  repository: string,
  bytes: Uint8Array,
  mediaType: string,
): Promise<Descriptor> {
  const { digest, size } = await registry.pushBlob(
    repository,
    { digest: digestOf(bytes), size: bytes.byteLength },
    (first) => once(bytes.subarray(first)),
  );
  return { mediaType, digest, size };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function toJson(document: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document));
}
