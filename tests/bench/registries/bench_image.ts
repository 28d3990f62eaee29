import { randomBytes, randomFillSync } from "node:crypto";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { bodyOf } from "../../../registry/archive/member_sink.ts";
import { type Descriptor, digestOf, mediaTypes, openRegistryClient, type Registry } from "../../../registry/mod.ts";
import { packLayer } from "../../images/layer.ts";
import type { Bench } from "../row.ts";
import { measureCommand } from "./command_cost.ts";

const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";

/** Pushes an image of so many layers; its tag is `latest`. `layerBytes` are those of a layer that is unpacked. */
export async function pushLargeImage(
  host: string,
  repository: string,
  size: { layers: number; layerBytes: number },
): Promise<{ readonly blobs: readonly Descriptor[] }> {
  using registry = openRegistryClient(host);
  const layers: PushedLayer[] = [];
  for (let index = 0; index < size.layers; index++) {
    layers.push(await pushLayer(registry, repository, size.layerBytes));
  }
  await pushManifest(registry, repository, layers, "latest");
  return { blobs: layers.map(({ descriptor }) => descriptor) };
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

/** Pushes the bench's image with one layer more on top of it, as `host/repository:latest`. */
export async function pushOnTop(
  { binary, image, signal }: Bench,
  { host, repository }: { host: string; repository: string },
  byteCount: number,
): Promise<void> {
  await measureCommand([binary, "registry", "copy", `docker-daemon:${image}`, `${host}/${repository}:latest`], signal);
  using registry = openRegistryClient(host);
  const base = toText((await registry.getManifest(repository, "latest")).bytes);
  const { config, layers } = JSON.parse(base) as { config: Descriptor; layers: Descriptor[] };
  const { rootfs } = JSON.parse(await readText(registry, repository, config)) as { rootfs: { diff_ids: string[] } };
  const below = layers.map((descriptor, index) => ({ descriptor, diffId: rootfs.diff_ids[index] ?? "" }));
  await pushManifest(registry, repository, [...below, await pushLayer(registry, repository, byteCount)], "latest");
}

/** A layer of an image, in a registry. */
interface PushedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: string;
}

/** One file, of which gzip leaves about half, as of programs; another one each time. */
async function pushLayer(registry: Registry, repository: string, byteCount: number): Promise<PushedLayer> {
  const path = `data/${randomBytes(6).toString("hex")}`;
  const { tar, digest } = await packLayer([{ kind: "file", path, mode: 0o644, content: makeContent(byteCount) }]);
  const descriptor = await pushBytes(registry, repository, gzipSync(tar, { level: 1 }), layerType);
  return { descriptor, diffId: `sha256:${digest}` };
}

function makeContent(byteCount: number): Uint8Array {
  const blockBytes = 8192;
  const content = Buffer.alloc(byteCount, "what a compressor likes ");
  for (let at = 0; at < byteCount; at += blockBytes)
    randomFillSync(content, at, Math.min(blockBytes / 2, byteCount - at));
  return content;
}

async function pushManifest(
  registry: Registry,
  repository: string,
  layers: readonly PushedLayer[],
  tag: string,
): Promise<void> {
  const rootfs = { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) };
  const config = { architecture: process.arch === "arm64" ? "arm64" : "amd64", os: "linux", config: {}, rootfs };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: await pushBytes(registry, repository, toJson(config), mediaTypes.ociConfig),
    layers: layers.map(({ descriptor }) => descriptor),
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
    (first) => bodyOf(bytes.subarray(first)),
  );
  return { mediaType, digest, size };
}

async function readText(registry: Registry, repository: string, { digest }: Descriptor): Promise<string> {
  const pieces: Uint8Array[] = [];
  const { body } = await registry.getBlob(repository, digest);
  for await (const piece of body) pieces.push(piece);
  return toText(Buffer.concat(pieces));
}

function toText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function toJson(document: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(document));
}
