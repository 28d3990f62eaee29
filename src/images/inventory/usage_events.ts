import { type Engine, EngineError, type EngineEvent } from "../../docker/mod.ts";
import { digestOf } from "../image_name.ts";
import type { UsageBook } from "./usage_book.ts";

/** What of the daemon's events tells of the use of images, and of their coming and going. */
export const usageFilters: Readonly<Record<string, readonly string[]>> = {
  type: ["container", "image"],
  event: ["create", "start", "die", "destroy", "pull", "load", "import", "commit", "tag", "untag", "delete"],
};

/** Most containers of which the image is remembered. */
const mostContainers = 5000;

/**
 * Notes what events say in a book. A container's event names its image as its creator did: which one that was is asked of
 * the container, or of the daemon when the container has gone. A name that was given to another image in between counts for
 * that one then.
 */
export class UsageNoter {
  readonly #engine: Engine;
  readonly #book: UsageBook;
  readonly #imageOf = new Map<string, string>();

  constructor(engine: Engine, book: UsageBook) {
    this.#engine = engine;
    this.#book = book;
  }

  /** Notes one event. Throws EngineError when the daemon cannot be asked. */
  async note(event: EngineEvent, signal?: AbortSignal): Promise<void> {
    if (event.type === "container") await this.#noteContainer(event, signal);
    else if (event.type === "image") await this.#noteImage(event, signal);
    this.#book.noteEvents(event.timeMs);
  }

  async #noteContainer(event: EngineEvent, signal: AbortSignal | undefined): Promise<void> {
    const { action, attributes, timeMs } = event;
    if (action === "destroy") {
      this.#imageOf.delete(event.id);
      return;
    }
    const made = attributes.imageID;
    if (action === "commit" && made !== undefined) return this.#book.noteArrival(made, timeMs, "none");
    const image = await this.#findImage(event, signal);
    if (image !== undefined) this.#book.noteUsed(image, timeMs);
  }

  async #findImage({ id, attributes }: EngineEvent, signal: AbortSignal | undefined): Promise<string | undefined> {
    const known = this.#imageOf.get(id);
    if (known !== undefined) return known;
    const options = signal ? { signal } : {};
    const container = await this.#engine.inspectContainer(id, options);
    const image = container?.Image || (await this.#resolve(attributes.image ?? "", signal));
    if (image === undefined) return undefined;
    if (this.#imageOf.size >= mostContainers) this.#imageOf.clear();
    this.#imageOf.set(id, image);
    return image;
  }

  async #noteImage(event: EngineEvent, signal: AbortSignal | undefined): Promise<void> {
    const { action, id, attributes, timeMs } = event;
    switch (action) {
      case "pull": {
        const image = await this.#resolve(id, signal);
        if (image !== undefined) this.#book.noteArrival(image, timeMs, "registry");
        return;
      }
      case "tag":
        this.#book.noteArrival(id, timeMs);
        return;
      case "load":
      case "import": {
        const image = digestOf(id) === id ? id : await this.#resolve(attributes.name ?? id, signal);
        if (image !== undefined) this.#book.noteArrival(image, timeMs, "none");
        return;
      }
    }
  }

  /** Id of the image that has a name now. */
  async #resolve(name: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    if (name === "") return undefined;
    try {
      return (await this.#engine.inspectImage(name, signal ? { signal } : {}))?.Id;
    } catch (error) {
      // What the daemon takes for no name is none that it has.
      if (error instanceof EngineError && error.code === "invalid") return undefined;
      throw error;
    }
  }
}

/** Notes what has happened since the book was written, as far as the daemon remembers. */
export async function replayEvents(
  engine: Engine,
  book: UsageBook,
  options: { untilMs: number; signal?: AbortSignal },
): Promise<void> {
  const noter = new UsageNoter(engine, book);
  const { untilMs, signal } = options;
  // Without a file all that the daemon remembers is news.
  const sinceMs = book.seenUntilMs ?? 0;
  const events = engine.events({ filters: usageFilters, sinceMs, untilMs, ...(signal ? { signal } : {}) });
  for await (const event of events) await noter.note(event, signal);
  book.noteEvents(untilMs);
}
