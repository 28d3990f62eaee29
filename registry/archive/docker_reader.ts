import type { Registry } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import { unsupportedRegistry } from "../unsupported_registry.ts";
import type { ByteSpan } from "../values/byte_range.ts";
import { type Descriptor, isRecord } from "../values/descriptor.ts";
import { type Digest, digestOf, isDigest } from "../values/digest.ts";
import { mediaTypes } from "../values/media_type.ts";
import { parseReference, withDefaultTag } from "../values/reference.ts";
import { type DockerLayer, type LayerOptions, openLayer } from "./docker_layers.ts";
import { corrupt, type Members, parseJson, readContents, readMember } from "./members.ts";
import { readBlobContent } from "./oci_reader.ts";

/** How an image of a docker-archive is shown, which has no manifest of a registry itself. */
export interface DockerReaderOptions extends LayerOptions {
  /** Whose media types the manifest has. */
  readonly manifests: "docker" | "oci";
}

/** An image of a docker-archive as a registry to read from, which has the image by its digest. */
export interface DockerReader {
  readonly registry: Registry;
  readonly digest: Digest;
  /** Names that the archive gives to the image. */
  readonly names: readonly string[];
}

/** What manifest.json says of an image. */
export interface DockerArchiveImage {
  readonly config: string;
  readonly layers: readonly string[];
  readonly names: readonly string[];
}

/** The images of a docker-archive, by its manifest.json. MANIFEST_UNKNOWN when there is none, CORRUPT when it is nonsense. */
export async function readDockerImages(members: Members): Promise<DockerArchiveImage[]> {
  const document = await readContents(members, "manifest.json");
  if (!Array.isArray(document)) throw corrupt(members.place, '"manifest.json" is no array');
  return document.map((entry, at) => {
    const { Config, Layers, RepoTags } = isRecord(entry) ? entry : {};
    const names = RepoTags ?? [];
    if (typeof Config !== "string" || !isTexts(Layers) || !isTexts(names)) {
      throw corrupt(members.place, `"manifest.json" has no Config, Layers and RepoTags in entry ${at}`);
    }
    return { config: Config, layers: Layers, names };
  });
}

/** The image of that name (`@0` for the first), or the only one. MANIFEST_UNKNOWN when there is none, or which is not said. */
export function chooseDockerImage(
  images: readonly DockerArchiveImage[],
  name: string | undefined,
  place: string,
): DockerArchiveImage {
  const [first] = images;
  if (name === undefined && first !== undefined && images.length === 1) return first;
  const at = /^@(\d{1,6})$/.exec(name ?? "")?.[1];
  const found =
    name === undefined
      ? undefined
      : at !== undefined
        ? images[Number(at)]
        : images.find(({ names }) => names.some((one) => isSameName(one, name)));
  if (found !== undefined) return found;
  const there = images.flatMap(({ names }, index) => (names.length > 0 ? names : [`@${index}`]));
  const which = name === undefined ? "say which image of it" : `it has no image "${name}"`;
  throw new RegistryError("MANIFEST_UNKNOWN", `Cannot read "${place}": ${which}, found ${there.join(", ") || "none"}`);
}

/** Id of an image of a docker-archive: the digest of its configuration. No layer is read. */
export async function readDockerImageId(members: Members, { config }: DockerArchiveImage): Promise<Digest> {
  return digestOf(await readMember(members, config));
}

/** Opens an image of a docker-archive. CORRUPT when its files are not there, or are not what its configuration says. */
export async function openDockerReader(
  members: Members,
  image: DockerArchiveImage,
  options: DockerReaderOptions,
): Promise<DockerReader> {
  const { place } = members;
  const configBytes = await readMember(members, image.config);
  const diffIds = readDiffIds(configBytes, place);
  if (diffIds.length !== image.layers.length) {
    throw corrupt(
      place,
      `"${image.config}" tells of ${diffIds.length} layers, "manifest.json" of ${image.layers.length}`,
    );
  }
  const layers: DockerLayer[] = [];
  for (const [at, name] of image.layers.entries()) {
    layers.push(await openLayer(members, name, diffIds[at] as Digest, options));
  }
  const types = typesOf[options.manifests];
  const config = { mediaType: types.config, digest: digestOf(configBytes), size: configBytes.byteLength };
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config,
    layers: layers.map(({ packing, digest, size }) => ({ mediaType: types.layers[packing], digest, size })),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  const descriptor = { mediaType: types.manifest, digest: digestOf(bytes), size: bytes.byteLength };
  const memory = { ...config, read: (first = 0, last = Number.MAX_SAFE_INTEGER) => piece(configBytes, first, last) };
  const registry = toRegistry(place, { bytes, descriptor }, [memory, ...layers]);
  return { registry, digest: descriptor.digest, names: image.names };
}

const typesOf = {
  docker: {
    manifest: mediaTypes.dockerManifest,
    config: mediaTypes.dockerConfig,
    layers: {
      tar: "application/vnd.docker.image.rootfs.diff.tar",
      gzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
      zstd: "application/vnd.docker.image.rootfs.diff.tar.zstd",
    },
  },
  oci: {
    manifest: mediaTypes.ociManifest,
    config: mediaTypes.ociConfig,
    layers: {
      tar: "application/vnd.oci.image.layer.v1.tar",
      gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
      zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
    },
  },
} as const;

/** Content that the image has, and how to read a part of it. */
type Content = Pick<DockerLayer, "digest" | "size" | "read">;

function toRegistry(
  place: string,
  manifest: { bytes: Uint8Array; descriptor: Descriptor },
  contents: readonly Content[],
): Registry {
  const find = (digest: Digest): Content => {
    const found = contents.find((content) => content.digest === digest);
    if (found !== undefined) return found;
    throw new RegistryError("BLOB_UNKNOWN", `Cannot find blob "${digest}": it is not in "${place}"`);
  };
  const toDescriptor = ({ digest, size }: Content) => ({ mediaType: "application/octet-stream", digest, size });
  const getManifest = async (_: string, target: string) => {
    if (target === manifest.descriptor.digest) return manifest;
    throw new RegistryError("MANIFEST_UNKNOWN", `Cannot find manifest "${target}": it is not in "${place}"`);
  };
  return unsupportedRegistry({
    getManifest,
    statManifest: async (repository, target) => (await getManifest(repository, target)).descriptor,
    statBlob: async (_, digest) => toDescriptor(find(digest)),
    getBlob: async (_, digest, { range } = {}) => {
      const content = find(digest);
      const read = (span?: ByteSpan) => content.read(span?.first, span?.last);
      return readBlobContent(toDescriptor(content), range, { place, read });
    },
    listReferrers: async function* () {},
  });
}

async function* piece(bytes: Uint8Array, first: number, last: number): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(first, last + 1);
}

/** Digests of an image's unpacked layers, by its configuration. */
export function readDiffIds(config: Uint8Array, place: string): Digest[] {
  const document = parseJson(config, place, "an image's configuration");
  const rootfs = isRecord(document) ? document.rootfs : undefined;
  const ids = isRecord(rootfs) ? rootfs.diff_ids : undefined;
  if (isTexts(ids) && ids.every(isDigest)) return ids as Digest[];
  throw corrupt(place, "an image's configuration has no digests in rootfs.diff_ids");
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/** `busybox` is `docker.io/library/busybox:latest`; a name that is no reference is what it is. */
function isSameName(one: string, other: string): boolean {
  if (one === other) return true;
  try {
    const [first, second] = [one, other].map((name) => withDefaultTag(parseReference(name)));
    return JSON.stringify(first) === JSON.stringify(second);
  } catch {
    // Archives may give names that no registry would take.
    return false;
  }
}
