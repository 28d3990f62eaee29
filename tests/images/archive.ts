import { createHash } from "node:crypto";
import { pack } from "tar-stream";
import type { Layer } from "./layer.ts";

/** The part of an image's config that a container sees; field names are Docker's. */
export interface ImageConfig {
  readonly User?: string;
  readonly Env: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir?: string;
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
  readonly StopSignal?: string;
}

/** An image before it is written. */
export interface Image {
  /** The name it gets in the daemon, with tag. */
  readonly reference: string;
  /** In Go's words: `amd64`, `arm64`… */
  readonly architecture: string;
  readonly config: ImageConfig;
  /** Lowest first. */
  readonly layers: readonly { readonly layer: Layer; readonly createdBy: string }[];
}

/** An image's config as the bytes that its digest, the image's id, is taken from. */
export interface EncodedConfig {
  readonly bytes: Uint8Array;
  readonly digest: string;
}

const epoch = "1970-01-01T00:00:00Z";

/** Encodes the config of an image. The same image gives the same bytes. */
export function encodeConfig(image: Image): EncodedConfig {
  const document = {
    architecture: image.architecture,
    os: "linux",
    created: epoch,
    config: image.config,
    rootfs: { type: "layers", diff_ids: image.layers.map(({ layer }) => `sha256:${layer.digest}`) },
    history: image.layers.map(({ createdBy }) => ({ created: epoch, created_by: createdBy })),
  };
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, digest: createHash("sha256").update(bytes).digest("hex") };
}

/** Writes an image as `docker save` does (docker-archive): layers, config, and the manifest that names them. */
export async function* writeArchive(image: Image): AsyncGenerator<Uint8Array> {
  const config = encodeConfig(image);
  const manifest = [
    {
      Config: `${config.digest}.json`,
      RepoTags: [image.reference],
      Layers: image.layers.map(({ layer }) => `${layer.digest}.tar`),
    },
  ];
  const tar = pack();
  const add = (name: string, bytes: Uint8Array) => {
    tar.entry({ name, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) }, Buffer.from(bytes));
  };
  const unique = new Map(image.layers.map(({ layer }) => [layer.digest, layer]));
  for (const layer of unique.values()) add(`${layer.digest}.tar`, layer.tar);
  add(`${config.digest}.json`, config.bytes);
  add("manifest.json", Buffer.from(JSON.stringify(manifest)));
  tar.finalize();
  for await (const chunk of tar) yield chunk as Uint8Array;
}
