import type { ManifestContent, Registry } from "../registry.ts";
import { isThere, RegistryError } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";
import { type ImageManifest, parseManifest } from "../values/manifest.ts";
import { layerPackingOf, mediaTypes } from "../values/media_type.ts";
import { GzipLayers } from "./gzip_layers.ts";
import { conversionType, findConversionFault, formatConversion, ownLayersOf } from "./schema2_manifest.ts";
import { readUnpackedDigests } from "./unpacked_digests.ts";

/** An image whose conversion was made, or could not be. */
export interface Converted {
  readonly repository: string;
  /** Digest of the image. */
  readonly image: Digest;
  /** Digest of the conversion; undefined when it failed. */
  readonly conversion?: Digest;
  readonly error?: unknown;
}

/** What conversions take. */
export interface ConversionsOptions {
  /** Where images are read. */
  readonly source: Registry;
  /** Where conversions are kept: `source` itself, or what it keeps its images in. */
  readonly store: Registry;
  readonly onConverted?: (converted: Converted) => void;
}

/**
 * Images in Docker's schema 2. Each conversion is made once and kept as a referrer of its image, so that it is the same
 * after a restart. Who stops waiting for one does not end it: a client that gives up finds it the next time.
 */
export class Conversions implements AsyncDisposable {
  readonly #options: ConversionsOptions;
  readonly #ending = new AbortController();
  readonly #layers: GzipLayers;
  readonly #running = new Map<string, Promise<ManifestContent>>();

  constructor(options: ConversionsOptions) {
    this.#options = options;
    this.#layers = new GzipLayers({ ...options, signal: this.#ending.signal });
  }

  /** The conversion of an image. MANIFEST_UNKNOWN when it has none, CORRUPT when the image is not what it says. */
  find(repository: string, image: ManifestContent): Promise<ManifestContent> {
    const key = `${repository}@${image.descriptor.digest}`;
    const known = this.#running.get(key);
    if (known !== undefined) return known;
    const finding = this.#find(repository, image).finally(() => this.#running.delete(key));
    this.#running.set(key, finding);
    // Perhaps nobody waits for it any more when it fails.
    finding.catch(() => undefined);
    return finding;
  }

  /** Digests of the conversions of an image, which go with it. */
  async list(repository: string, image: Digest): Promise<Digest[]> {
    const options = { artifactType: conversionType };
    return (await Array.fromAsync(this.#options.store.listReferrers(repository, image, options))).map(
      ({ digest }) => digest,
    );
  }

  /** Ends what is being converted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new RegistryError("UNAVAILABLE", "Cannot convert: the registry is being closed"));
    await Promise.allSettled(this.#running.values());
  }

  async #find(repository: string, content: ManifestContent): Promise<ManifestContent> {
    const image = parseManifest(content.bytes, content.descriptor.mediaType) as ImageManifest;
    const { digest } = content.descriptor;
    const kept = await this.#findKept(repository, digest, image);
    if (kept) return kept;
    const { onConverted } = this.#options;
    try {
      const conversion = await this.#make(repository, content.descriptor, image);
      onConverted?.({ repository, image: digest, conversion: conversion.descriptor.digest });
      return conversion;
    } catch (error) {
      onConverted?.({ repository, image: digest, error });
      throw error;
    }
  }

  /** A conversion that was made before, if nobody has removed its layers since. */
  async #findKept(repository: string, digest: Digest, image: ImageManifest): Promise<ManifestContent | undefined> {
    const { source, store } = this.#options;
    for (const one of await this.list(repository, digest)) {
      // A cache remembers by that when it was last wanted.
      const content = await source.getManifest(repository, one);
      const conversion = parseManifest(content.bytes, content.descriptor.mediaType);
      if (conversion.kind !== "image") continue;
      const layers = ownLayersOf(conversion, image);
      const found = await Promise.all(layers.map((layer) => isThere(store.statBlob(repository, layer))));
      if (found.every(Boolean)) return content;
    }
    return undefined;
  }

  async #make(repository: string, subject: Descriptor, image: ImageManifest): Promise<ManifestContent> {
    const fault = findConversionFault(image);
    if (fault !== undefined) {
      throw new RegistryError("MANIFEST_UNKNOWN", `Cannot convert image "${subject.digest}" to schema 2: ${fault}`);
    }
    const bytes = formatConversion(image, await this.#packLayers(repository, image), subject);
    const { store } = this.#options;
    const { descriptor } = await store.pushManifest(repository, bytes, { mediaType: mediaTypes.dockerManifest });
    return { descriptor, bytes };
  }

  async #packLayers(repository: string, image: ImageManifest): Promise<readonly Descriptor[]> {
    const { layers } = image;
    const isGzip = ({ mediaType }: Descriptor) => layerPackingOf(mediaType) === "gzip";
    if (layers.every(isGzip)) return layers;
    const { signal } = this.#ending;
    const unpacked = await readUnpackedDigests(this.#options.source, repository, image, { signal });
    const pack = async (layer: Descriptor, at: number) =>
      isGzip(layer) ? layer : await this.#layers.pack(repository, layer, unpacked[at] as Digest);
    const packing = layers.map(pack);
    // Whatever fails, nothing is under way when this is over.
    await Promise.allSettled(packing);
    return await Promise.all(packing);
  }
}
