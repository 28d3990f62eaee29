import { peek } from "../packing.ts";
import type { Registry } from "../registry.ts";
import { isThere } from "../registry_error.ts";
import { Slots } from "../slots.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { createDigester, type Digest } from "../values/digest.ts";
import { hashedStream } from "../verified_stream.ts";
import { gzip } from "../zlib_stream.ts";
import { unpackLayer } from "./layer_bytes.ts";

/** What packing takes. */
export interface GzipLayersOptions {
  /** Where layers are read. */
  readonly source: Pick<Registry, "getBlob">;
  /** Where they are written. */
  readonly store: Registry;
  readonly signal: AbortSignal;
}

/** More than that many layers are not remembered; those that are forgotten are packed again when they are wanted. */
const mostRemembered = 10_000;

/** Layers that are packed at once, of all images together: each takes a processor. */
const packedAtOnce = 2;

/** Layers packed anew with gzip, each once however many images have it. */
export class GzipLayers {
  readonly #options: GzipLayersOptions;
  /** By the digest of what a layer unpacks to: the same archive may come packed in several ways. */
  readonly #packed = new Map<Digest, Promise<Descriptor>>();
  readonly #slots = new Slots(packedAtOnce);

  constructor(options: GzipLayersOptions) {
    this.#options = options;
  }

  /**
   * `layer` of a repository packed with gzip, in the same repository; itself when it turns out to be so. CORRUPT when it
   * does not unpack to `unpacked`; errors as of `Registry.getBlob`.
   */
  pack(repository: string, layer: Descriptor, unpacked: Digest): Promise<Descriptor> {
    const before = this.#packed.get(unpacked);
    const packing = this.#packAfter(before, repository, layer, unpacked);
    this.#remember(unpacked, packing);
    return packing;
  }

  async #packAfter(
    before: Promise<Descriptor> | undefined,
    repository: string,
    layer: Descriptor,
    unpacked: Digest,
  ): Promise<Descriptor> {
    // One that has failed is tried again: it may have been read from somewhere else.
    const known = await before?.catch(() => undefined);
    if (known && (await this.#isThere(repository, known.digest))) return { ...known, mediaType: layer.mediaType };
    return await this.#slots.run(() => this.#pack(repository, layer, unpacked));
  }

  /** In the repository, or mounted from another one for which it was packed. */
  async #isThere(repository: string, digest: Digest): Promise<boolean> {
    const { store } = this.#options;
    if (await isThere(store.statBlob(repository, digest))) return true;
    return (await store.mountBlob(repository, digest, { otherwise: "nothing" })).kind === "mounted";
  }

  #remember(unpacked: Digest, packing: Promise<Descriptor>): void {
    this.#packed.delete(unpacked);
    this.#packed.set(unpacked, packing);
    packing.catch(() => {
      if (this.#packed.get(unpacked) === packing) this.#packed.delete(unpacked);
    });
    if (this.#packed.size <= mostRemembered) return;
    for (const oldest of this.#packed.keys()) return void this.#packed.delete(oldest);
  }

  async #pack(repository: string, layer: Descriptor, unpacked: Digest): Promise<Descriptor> {
    const { source, store, signal } = this.#options;
    await using content = await source.getBlob(repository, layer.digest, { signal });
    // Its media type is only what somebody has said.
    using begun = await peek(content.body);
    const { packing, body } = begun;
    if (packing === "gzip") return layer;
    const upload = await store.startUpload(repository);
    try {
      const digester = createDigester();
      const plain = unpackLayer(body, { layer: layer.digest, packing, unpacked });
      await upload.append(hashedStream(gzip(plain, "fast"), digester), { signal });
      const { digest, size } = await upload.commit(digester.digest());
      return { mediaType: layer.mediaType, digest, size };
    } catch (error) {
      await upload.cancel();
      throw error;
    }
  }
}
