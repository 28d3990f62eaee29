import {
  type ArchiveConsumer,
  type ArchiveWriter,
  type CopyListener,
  copyImage,
  type Digest,
  findContentFault,
  formatFamiliar,
  formatReference,
  openDockerWriter,
  openOciWriter,
  openTarSink,
  type Platform,
  pickImage,
  RegistryError,
  type Spool,
  withDefaultTag,
} from "../../../registry/mod.ts";
import { type Engine, EngineError } from "../../docker/mod.ts";
import type { Log } from "../../runtime/log.ts";
import { type CopySource, openSource } from "../copy/source.ts";
import { openTemporarySpool } from "../copy/temporary_spool.ts";
import { toFullName, toReference } from "../image_name.ts";
import type { Places } from "../mirror/places.ts";

/** Whose images are saved: the daemon's, the registries', or the daemon's where it has them. */
export type SaveOrigin = "daemon" | "registry" | "either";

/** How a bundle is made. */
export interface SaveOptions {
  readonly format: "docker" | "oci";
  readonly from: SaveOrigin;
  /** In a docker-archive, one image of an index; in an OCI archive the whole index unless given. */
  readonly platform?: Platform;
  readonly listener?: CopyListener;
  /** Told of each image as it is in the archive. */
  readonly onSaved?: (saved: SavedImage) => void;
  readonly signal: AbortSignal;
}

/** An image that was saved. */
export interface SavedImage {
  readonly image: string;
  readonly from: "daemon" | "registry";
  /** Of its manifest in the archive; images of a daemon have none of their registry's. */
  readonly digest: Digest;
  /** Bytes that no image before it had. */
  readonly bytes: number;
}

/** What images are saved with. */
export interface SaveParts {
  readonly engine: () => Engine;
  readonly places: Places;
  readonly log: Log;
  /** What a docker-archive from a registry is for, unless somebody says. */
  readonly host: Platform;
}

/** Writes images into one archive, each layer once. Nothing is held: what comes goes on into the archive. */
export async function saveBundle(
  images: readonly string[],
  archive: { place: string; consume: ArchiveConsumer },
  options: SaveOptions,
  parts: SaveParts,
): Promise<void> {
  const { signal } = options;
  await using spool = await openTemporarySpool(parts.log, { signal });
  await using sink = await openTarSink(archive.place, archive.consume);
  const writer =
    options.format === "oci"
      ? await openOciWriter(sink)
      : openDockerWriter(sink, { names: [], images: "several", packings: ["tar"], spool });
  const saving = new Saving(writer, options, parts);
  for (const image of images) await saving.save(image);
  await writer.finish();
}

class Saving {
  readonly #writer: ArchiveWriter;
  readonly #options: SaveOptions;
  readonly #parts: SaveParts;

  constructor(writer: ArchiveWriter, options: SaveOptions, parts: SaveParts) {
    this.#writer = writer;
    this.#options = options;
    this.#parts = parts;
  }

  async save(image: string): Promise<void> {
    const { format, platform, listener, signal, onSaved } = this.#options;
    // What the daemon gives is on disk until it is written, so that one image is there at a time.
    await using spool = await openTemporarySpool(this.#parts.log, { signal });
    const { from, names } = await this.#findOrigin(image);
    const source = await this.#open(image, from, spool);
    const target = { registry: this.#writer.registry, repository: "image" };
    const wanted =
      format === "docker"
        ? await pickImage(source, source.target, platform ?? this.#parts.host, { name: image, signal })
        : await this.#assertImage(source, image);
    const { digest, bytes } = await copyImage(source, target, wanted, {
      tags: names,
      // One after the other, as an archive takes them: the same bytes every time, and nobody's connection waits for a turn.
      atOnce: 1,
      ...(format === "oci" && platform ? { platforms: [platform] } : {}),
      ...(listener ? { listener } : {}),
      signal,
    });
    onSaved?.({ image, from, digest, bytes });
  }

  /** An index is taken as it is, attestations among it. */
  async #assertImage({ registry, repository, target }: CopySource, image: string): Promise<Digest> {
    const { signal } = this.#options;
    const { bytes, descriptor } = await registry.getManifest(repository, target, { signal });
    const fault = findContentFault(bytes, descriptor.mediaType);
    if (fault !== undefined) throw new RegistryError("MANIFEST_INVALID", `Cannot save "${image}": ${fault}`);
    return descriptor.digest;
  }

  async #open(image: string, from: "daemon" | "registry", spool: Spool): Promise<CopySource> {
    const { format, signal } = this.#options;
    const shape =
      format === "oci"
        ? ({ manifests: "oci", layers: "gzip" } as const)
        : ({ manifests: "docker", layers: "as they are" } as const);
    const side =
      from === "daemon" ? ({ kind: "docker-daemon", image } as const) : ({ kind: "registry", text: image } as const);
    const input = (): never => {
      throw new TypeError("Cannot save from standard input");
    };
    return await openSource(side, shape, { ...this.#parts, spool, signal, input });
  }

  /** A host without Docker has registries all the same. */
  async #findOrigin(image: string): Promise<{ from: "daemon" | "registry"; names: readonly string[] }> {
    const { from, signal } = this.#options;
    if (from === "registry") return { from, names: this.#namesOf(image) };
    try {
      const found = await this.#parts.engine().inspectImage(image, { signal });
      if (found === undefined && from === "either") return { from: "registry", names: this.#namesOf(image) };
      // What looks like a name may be the beginning of an id.
      const isName = (name: string) => found?.RepoTags.some((tag) => toFullName(tag) === toFullName(name));
      return { from: "daemon", names: this.#namesOf(image).filter(isName) };
    } catch (error) {
      const isAway = error instanceof EngineError && ["absent", "forbidden"].includes(error.code);
      if (from === "daemon" || !isAway) throw error;
      this.#parts.log.debug("images are taken from registries", { error: error.message });
      return { from: "registry", names: this.#namesOf(image) };
    }
  }

  /** An image that is wanted by its digest or id has no name that could be given to it again. */
  #namesOf(image: string): string[] {
    const reference = toReference(image.replace(/^https?:\/\//, ""));
    if (reference === undefined) return [];
    const { digest: _, ...name } = withDefaultTag(reference);
    if (name.tag === undefined) return [];
    return [this.#options.format === "oci" ? formatReference(name) : formatFamiliar(name)];
  }
}
