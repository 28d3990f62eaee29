import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { readFileStream } from "../layout/file_stream.ts";
import { type Peeked, peek, unpacked } from "../packing.ts";
import type { ExpectedBlob, PushedManifest, PushManifestOptions } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import { unsupportedRegistry } from "../unsupported_registry.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { algorithmOf, createDigester, type Digest, digestOf } from "../values/digest.ts";
import { largestManifestBytes, parseManifest } from "../values/manifest.ts";
import type { LayerPacking } from "../values/media_type.ts";
import { blobName } from "../values/oci_layout.ts";
import { hashedStream, verifiedStream } from "../verified_stream.ts";
import { readDiffIds } from "./docker_reader.ts";
import { bodyOf, type MemberSink } from "./member_sink.ts";
import type { ArchiveWriter } from "./oci_writer.ts";
import type { Spool } from "./spool.ts";

/** How a docker-archive is written. */
export interface DockerWriterOptions {
  /** Names that the image gets, such as `redis:7`; those that it is pushed with come beside them. */
  readonly names: readonly string[];
  /** How many images there may be; one unless given. */
  readonly images?: "one" | "several";
  /** Packings that layers may have in the archive; others are unpacked. Tools expect `tar` alone, the daemon unpacks gzip. */
  readonly packings: readonly LayerPacking[];
  /** Where layers are unpacked to: a tar tells of a size before the bytes. */
  readonly spool: Spool;
  /** Largest layer, unpacked. */
  readonly maximumLayerBytes?: number;
  /** Layers that whoever takes the archive has already: images name them, and they are not written. None unless given. */
  readonly isHeld?: (digest: Digest) => boolean;
}

/** Writes images as a docker-archive, in the order in which their parts come, each layer once. It takes no index. */
export function openDockerWriter(sink: MemberSink, options: DockerWriterOptions): ArchiveWriter {
  const writer = new DockerWriter(sink, options);
  const registry = unsupportedRegistry({
    statBlob: async (_, digest) => writer.stat(digest),
    statManifest: async (_, target) => {
      throw new RegistryError("MANIFEST_UNKNOWN", `Cannot find manifest "${target}": "${sink.place}" has none`);
    },
    pushBlob: (_, expected, body) => writer.pushBlob(expected, typeof body === "function" ? body(0) : body),
    pushManifest: (_, bytes, pushing) => writer.pushManifest(bytes, pushing),
  });
  return { registry, finish: () => writer.finish() };
}

/** What a configuration may begin with, which is an object of JSON. */
const beginningsOfJson = [..."{ \t\r\n"].map((character) => character.charCodeAt(0));

/** Of what may be a configuration, so much is held in memory; most have a few kilobytes. */
const largestHeldBytes = 64 * 1024;

/** What a blob has become in the archive. */
interface Written {
  readonly name: string;
  readonly size: number;
  /** Digest of what it holds unpacked; undefined when nobody has looked. */
  readonly diffId: Digest | undefined;
  /** Reads what may be the configuration, when the manifest tells. */
  readonly copy: (() => Promise<Uint8Array>) | undefined;
}

class DockerWriter {
  readonly #sink: MemberSink;
  readonly #options: DockerWriterOptions;
  readonly #written = new Map<Digest, Written>();
  readonly #images = new Map<string, { Config: string; Layers: readonly string[]; RepoTags: readonly string[] }>();

  constructor(sink: MemberSink, options: DockerWriterOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  stat(digest: Digest): Descriptor {
    const size = this.#written.get(digest)?.size ?? (this.#isHeld(digest) ? 0 : undefined);
    if (size !== undefined) return { mediaType: "application/octet-stream", digest, size };
    throw new RegistryError("BLOB_UNKNOWN", `Cannot find "${digest}": it is not in "${this.#sink.place}"`);
  }

  async pushBlob({ digest, size }: ExpectedBlob, body: AsyncIterable<Uint8Array>): Promise<Descriptor> {
    if (size === undefined) {
      throw new RegistryError(
        "UNSUPPORTED",
        `Cannot write "${digest}" to "${this.#sink.place}": its size is not known`,
      );
    }
    using begun = await peek(verifiedStream(body, digest, size));
    const isLayer = begun.packing !== "tar";
    const written =
      isLayer && !this.#options.packings.includes(begun.packing)
        ? await this.#unpack(digest, begun.body, begun.packing)
        : await this.#append(digest, size, begun);
    this.#written.set(digest, { ...written, size });
    return { mediaType: "application/octet-stream", digest, size };
  }

  /** Checks the image's layers against what its configuration tells of them. */
  async pushManifest(bytes: Uint8Array, options: PushManifestOptions): Promise<PushedManifest> {
    const { place } = this.#sink;
    const manifest = parseManifest(bytes, options.mediaType);
    const refuse = (found: string) => new RegistryError("UNSUPPORTED", `Cannot write "${place}": ${found}`);
    const { names, images = "one" } = this.#options;
    if (manifest.kind === "index") throw refuse("a docker-archive holds images alone, and this is an index of them");
    if (images === "one" && this.#images.size > 0) {
      throw refuse("a docker-archive is written with one image, and this is another");
    }
    const config = this.#written.get(manifest.config.digest);
    if (config?.copy === undefined) throw refuse("this is no image, it has no configuration");
    const diffIds = readDiffIds(await config.copy(), place);
    const layers = manifest.layers.map(({ digest }, at) => {
      const written = this.#written.get(digest);
      if (written === undefined && this.#isHeld(digest)) return blobName(digest);
      if (written === undefined) throw refuse(`layer "${digest}" is kept elsewhere, and not in a registry`);
      if (written.diffId !== undefined && written.diffId !== diffIds[at]) {
        const found = `layer "${digest}" is ${written.diffId}, its configuration tells of ${diffIds[at]}`;
        throw new RegistryError("CORRUPT", `Cannot write "${place}": ${found}`);
      }
      return written.name;
    });
    if (layers.length !== diffIds.length) {
      const found = `the manifest has ${layers.length} layers, the configuration tells of ${diffIds.length}`;
      throw new RegistryError("CORRUPT", `Cannot write "${place}": ${found}`);
    }
    const { tags = [] } = options;
    const known = this.#images.get(config.name)?.RepoTags ?? [];
    const RepoTags = [...new Set([...known, ...names, ...tags])];
    this.#images.set(config.name, { Config: config.name, Layers: layers, RepoTags });
    const descriptor = { mediaType: options.mediaType, digest: digestOf(bytes), size: bytes.byteLength };
    return { descriptor, tags };
  }

  async finish(): Promise<void> {
    if (this.#images.size === 0) throw new TypeError(`Cannot write "${this.#sink.place}": no image was written`);
    const bytes = new TextEncoder().encode(JSON.stringify([...this.#images.values()]));
    await this.#sink.write("manifest.json", bytes.byteLength, bodyOf(bytes));
    await this.#sink.finish();
  }

  #isHeld(digest: Digest): boolean {
    return this.#options.isHeld?.(digest) ?? false;
  }

  /** What stays as it is. Unpacked content has itself for diff id. */
  async #append(digest: Digest, size: number, { body, packing, first }: Peeked): Promise<Omit<Written, "size">> {
    const name = blobName(digest);
    const mayBeConfig = beginningsOfJson.includes(first[0] ?? 0);
    const isUnpacked = packing === "tar" && algorithmOf(digest) === "sha256";
    const diffId = isUnpacked ? digest : undefined;
    if (!mayBeConfig || size > largestManifestBytes) {
      await this.#sink.write(name, size, body);
      return { name, diffId, copy: undefined };
    }
    if (size <= largestHeldBytes) {
      const copy = Buffer.concat(await Array.fromAsync(body, (bytes) => Uint8Array.from(bytes)));
      await this.#sink.write(name, size, bodyOf(copy));
      return { name, diffId, copy: async () => copy };
    }
    const { path } = await this.#options.spool.keep(body);
    await this.#sink.write(name, size, readFileStream(path));
    return { name, diffId, copy: () => readFile(path) };
  }

  async #unpack(
    digest: Digest,
    body: AsyncIterable<Uint8Array>,
    packing: LayerPacking,
  ): Promise<Omit<Written, "size">> {
    const { spool, maximumLayerBytes: maximumBytes } = this.#options;
    const digester = createDigester();
    const content = unpacked(body, packing, { what: `layer "${digest}"`, maximumBytes });
    await using file = await spool.keep(hashedStream(content, digester));
    const diffId = digester.digest();
    await this.#sink.write(blobName(diffId), file.size, readFileStream(file.path));
    return { name: blobName(diffId), diffId, copy: undefined };
  }
}
