import type { Engine, EngineEvent } from "../../docker/mod.ts";
import { toFullName } from "../image_name.ts";
import { joinWarmed, type WarmedImage } from "../inventory/warmed_image.ts";
import type { ImageState } from "../state/image_state.ts";

/** What noticing takes. */
export interface MissingParts {
  readonly engine: Engine;
  readonly state: Pick<ImageState, "warm">;
  /** An image that was fetched ahead of need has been removed by somebody else. */
  readonly onMissing: (image: WarmedImage) => void;
}

/** Events after which an image may be here again. */
const arrivals: ReadonlySet<string> = new Set(["pull", "load", "import", "tag"]);

/** Notices images that were fetched ahead of need and go: each once, until it has come back, however many events the daemon has for it. */
export class MissingImages {
  readonly #parts: MissingParts;
  /** What was told, by full names. */
  readonly #told = new Map<string, WarmedImage>();

  constructor(parts: MissingParts) {
    this.#parts = parts;
  }

  /** Throws EngineError and StateError. */
  async note({ type, action, id }: EngineEvent): Promise<void> {
    if (type !== "image") return;
    if (action === "delete" || action === "untag") await this.#noteRemoved(id);
    else if (arrivals.has(action)) await this.#noteArrival();
  }

  async #noteRemoved(id: string): Promise<void> {
    const records = await this.#parts.state.warm.list();
    const names = new Set(records.flatMap(({ imageId, reference }) => (imageId === id ? [toFullName(reference)] : [])));
    for (const image of joinWarmed(records)) {
      const name = toFullName(image.reference);
      if (!names.has(name) || (await this.#isHere(image)) || this.#told.has(name)) continue;
      this.#told.set(name, image);
      this.#parts.onMissing(image);
    }
  }

  async #noteArrival(): Promise<void> {
    for (const [name, image] of [...this.#told]) if (await this.#isHere(image)) this.#told.delete(name);
  }

  async #isHere({ reference }: WarmedImage): Promise<boolean> {
    return (await this.#parts.engine.inspectImage(reference)) !== undefined;
  }
}
