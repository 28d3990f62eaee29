import { toFullName } from "../image_name.ts";
import type { ImageState } from "../state/image_state.ts";
import type { WarmImage, WarmSet } from "./warm_set.ts";

/** Keeps what was warmed from being collected (images contract H.4): a record for each image, which says the set it is of. */
export class WarmProtection {
  readonly #state: Pick<ImageState, "warm">;
  #file: string | undefined;
  /** What was written, by the names of the images. */
  readonly #written = new Map<string, { imageId: string; protectMs: number | undefined; atMs: number }>();

  /** `file` is that of the set. */
  constructor(state: Pick<ImageState, "warm">, file?: string) {
    this.#state = state;
    this.#file = file;
  }

  /** From now on it is about the set of this file. What another one wanted stays as protected as it is. */
  follow(file: string | undefined): void {
    if (file === this.#file) return;
    this.#file = file;
    this.#written.clear();
  }

  /** From now on nothing collects the image, as long as the set wants it kept. Throws StateError. */
  async protect(image: WarmImage, imageId: string, nowMs: number): Promise<void> {
    const { reference, protectMs } = image;
    await this.#state.warm.put(this.#keyOf(image.name), {
      reference,
      imageId,
      warmedAtMs: nowMs,
      ...(protectMs === undefined ? {} : { protectedUntilMs: nowMs + protectMs }),
      ...(this.#file === undefined ? {} : { set: this.#file }),
    });
    this.#written.set(image.name, { imageId, protectMs, atMs: nowMs });
  }

  /** Protects an image that was found here: what is still wanted does not cease to be protected. Throws StateError. */
  async renew(image: WarmImage, imageId: string, nowMs: number): Promise<void> {
    const { protectMs } = image;
    const before = this.#written.get(image.name);
    const isSame = before?.imageId === imageId && before.protectMs === protectMs;
    if (isSame && (protectMs === undefined || nowMs - before.atMs < protectMs / 2)) return;
    await this.protect(image, imageId, nowMs);
  }

  /** Lets go of what has left the set; throws StateError. A set of a command line keeps what earlier ones have named. */
  async release({ images }: WarmSet): Promise<void> {
    if (this.#file === undefined) return;
    const wanted = new Set(images.map(({ name }) => name));
    const records = (await this.#state.warm.list()).filter(({ set }) => set === this.#file);
    for (const name of records.map(({ reference }) => toFullName(reference))) {
      if (wanted.has(name)) continue;
      await this.#state.warm.remove(this.#keyOf(name));
      this.#written.delete(name);
    }
  }

  /** Each set has a record of its own: an image stays protected as long as one of them wants it. */
  #keyOf(name: string): string {
    return JSON.stringify([this.#file ?? "", name]);
  }
}
