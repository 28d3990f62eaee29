import type { Engine, ImageSummary } from "../../docker/mod.ts";
import type { ImageStore } from "./inventory.ts";
import { toChainIds } from "./layer_graph.ts";
import { addContent, type SizedImage, sizeLayers } from "./layer_sizes.ts";

/** Images that are asked about at once. */
const atOnce = 4;

/** What an image is made of, and when it was last given a name here. */
export interface ImageFacts extends SizedImage {
  /** Where the daemon tells it. */
  readonly taggedMs?: number;
}

/** Asks what images are made of; once for each, as that does not change. */
export class FactsReader {
  readonly #engine: Engine;
  readonly #store: ImageStore;
  readonly #known = new Map<string, ImageFacts>();

  constructor(engine: Engine, store: ImageStore) {
    this.#engine = engine;
    this.#store = store;
  }

  /** Facts by image id; an image that is gone meanwhile has none. Those of images that are not listed are forgotten. */
  async read(images: readonly ImageSummary[], signal?: AbortSignal): Promise<ReadonlyMap<string, ImageFacts>> {
    const ids = new Set(images.map(({ Id }) => Id));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
    const unknown = images.filter(({ Id }) => !this.#known.has(Id)).values();
    const work = async () => {
      for (const image of unknown) {
        const facts = await this.#ask(image, signal);
        if (facts !== undefined) this.#known.set(image.Id, facts);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return this.#known;
  }

  async #ask({ Id, Size }: ImageSummary, signal: AbortSignal | undefined): Promise<ImageFacts | undefined> {
    const options = signal ? { signal } : {};
    const found = await this.#engine.inspectImage(Id, options);
    const history = await this.#engine.imageHistory(Id, options);
    if (found === undefined || history === undefined) return undefined;
    const chains = toChainIds(found.Layers);
    const unpacked = sizeLayers(chains.length, history, Size);
    const { bytes, certainty } = this.#store === "containerd" ? addContent(unpacked, Size) : unpacked;
    const taggedMs = Date.parse(found.LastTagTime ?? "");
    return {
      id: Id,
      layers: chains.map((chain, index) => ({ chain, bytes: bytes[index] ?? 0 })),
      certainty,
      ...(taggedMs > 0 ? { taggedMs } : {}),
    };
  }
}
