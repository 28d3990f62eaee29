import { createHash } from "node:crypto";

/** A layer with all that is below it. Two images share it when they have the same chain, and never otherwise. */
export interface Layer {
  /** Chain id of the OCI image specification: a digest over the digests of this layer and all below. */
  readonly chain: string;
  readonly bytes: number;
}

/** An image as its layers. */
export interface LayeredImage {
  readonly id: string;
  /** Lowest first. */
  readonly layers: readonly Layer[];
}

/** Chain ids of layers, from the digests of their unpacked content, lowest first (OCI image-spec, config, "Layer ChainID"). */
export function toChainIds(diffIds: readonly string[]): string[] {
  const chains: string[] = [];
  for (const diffId of diffIds) {
    const below = chains.at(-1);
    chains.push(below === undefined ? diffId : `sha256:${sha256(`${below} ${diffId}`)}`);
  }
  return chains;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * Which layers are held by how many images: what the removal of an image frees are the layers that it alone has. Images
 * can be taken out and put back, so that a plan is made without touching anything.
 */
export class LayerGraph {
  readonly #users = new Map<string, number>();
  readonly #images = new Map<string, readonly Layer[]>();
  #totalBytes = 0;

  constructor(images: Iterable<LayeredImage>) {
    for (const image of images) this.add(image);
  }

  /** Bytes of all layers, each counted once. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Bytes of the layers that only this image has; 0 for one that is not in the graph. */
  uniqueBytes(id: string): number {
    const own = this.#images.get(id)?.filter(({ chain }) => this.#users.get(chain) === 1) ?? [];
    return own.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Takes an image out; gives the bytes that nobody holds any more. */
  remove(id: string): number {
    const freed = this.uniqueBytes(id);
    for (const { chain } of this.#images.get(id) ?? []) this.#users.set(chain, (this.#users.get(chain) ?? 1) - 1);
    this.#images.delete(id);
    this.#totalBytes -= freed;
    return freed;
  }

  /** Puts an image in; gives the bytes that nobody held before. */
  add({ id, layers }: LayeredImage): number {
    if (this.#images.has(id)) return 0;
    const chains = new Map(layers.map((layer) => [layer.chain, layer]));
    this.#images.set(id, [...chains.values()]);
    for (const chain of chains.keys()) this.#users.set(chain, (this.#users.get(chain) ?? 0) + 1);
    const added = this.uniqueBytes(id);
    this.#totalBytes += added;
    return added;
  }
}
