import type { ContainerSummary, Engine } from "../../docker/mod.ts";
import { taskLabel } from "../task_label.ts";
import type { ImageUser } from "./inventory.ts";
import type { UsageBook } from "./usage_book.ts";

/** Containers, by the images that they are of. */
export interface ContainerUse {
  /** By the image's id, and by the name that the container was created with. */
  readonly users: ReadonlyMap<string, readonly ImageUser[]>;
}

/** Reads which containers there are, and notes when they were used: what the daemon's events do not reach back to. */
export class ContainerReader {
  readonly #engine: Engine;
  readonly #book: UsageBook;
  /** Containers that do not run, whose times have been noted. */
  readonly #noted = new Map<string, string>();

  constructor(engine: Engine, book: UsageBook) {
    this.#engine = engine;
    this.#book = book;
  }

  /** All containers that there are now. */
  async read(nowMs: number, signal?: AbortSignal): Promise<ContainerUse> {
    const containers = await this.#engine.listContainers({ all: true, ...(signal ? { signal } : {}) });
    const users = new Map<string, ImageUser[]>();
    for (const container of containers) {
      await this.#noteUse(container, nowMs, signal);
      for (const image of new Set([container.ImageID, container.Image])) {
        users.set(image, [...(users.get(image) ?? []), toUser(container)]);
      }
    }
    const ids = new Set(containers.map(({ Id }) => Id));
    for (const id of this.#noted.keys()) if (!ids.has(id)) this.#noted.delete(id);
    return { users };
  }

  async #noteUse(
    { Id, ImageID, Created, State }: ContainerSummary,
    nowMs: number,
    signal?: AbortSignal,
  ): Promise<void> {
    if (ImageID === "") return;
    this.#book.noteUsed(ImageID, Created * 1000);
    if (State === "running" || State === "paused" || State === "restarting") {
      this.#noted.delete(Id);
      this.#book.noteUsed(ImageID, nowMs);
    } else if (this.#noted.get(Id) !== State) {
      const found = await this.#engine.inspectContainer(Id, signal ? { signal } : {});
      this.#noted.set(Id, State);
      for (const time of [found?.State.StartedAt, found?.State.FinishedAt]) {
        const atMs = Date.parse(time ?? "");
        // A container that has not run began and ended in the year 1.
        if (atMs > 0 && atMs <= nowMs) this.#book.noteUsed(ImageID, atMs);
      }
    }
  }
}

function toUser({ Id, Names, State, Labels }: ContainerSummary): ImageUser {
  const taskId = Labels[taskLabel];
  return {
    containerId: Id,
    name: (Names[0] ?? "").replace(/^\//, ""),
    state: State,
    ...(taskId === undefined ? {} : { taskId }),
  };
}
