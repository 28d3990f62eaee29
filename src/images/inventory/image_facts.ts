import { type Engine, EngineError, type ImageStore, type ImageSummary } from "../../docker/mod.ts";
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

  /** Facts by image id. Those of images that are not listed are forgotten. */
  async read(images: readonly ImageSummary[], signal?: AbortSignal): Promise<ReadonlyMap<string, ImageFacts>> {
    const ids = new Set(images.map(({ Id }) => Id));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
    const unknown = images.filter(({ Id }) => !this.#known.has(Id)).values();
    const work = async () => {
      for (const image of unknown) {
        this.#known.set(image.Id, await this.#ask(image, signal));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return this.#known;
  }

  async #ask({ Id, Size }: ImageSummary, signal: AbortSignal | undefined): Promise<ImageFacts> {
    const options = signal ? { signal } : {};
    const found = await tellOrNothing(this.#engine.inspectImage(Id, options));
    const history = found && (await tellOrNothing(this.#engine.imageHistory(Id, options)));
    // The containerd store lists images of which it has nothing for this machine, and tells no more of them.
    if (found === undefined) return { id: Id, layers: [{ chain: Id, bytes: Size }], certainty: "estimated" };
    const chains = toChainIds(found.Layers);
    const unpacked = sizeLayers(chains.length, history ?? [], Size);
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

/** What the daemon tells; undefined when it says that it cannot. One that cannot be asked is an error all the same. */
async function tellOrNothing<T>(asked: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof EngineError && error.status !== undefined && !error.retryable) return undefined;
    throw error;
  }
}
