import { type LayerPlaces, listLacking } from "./batch.ts";
import type { PlannedImage } from "./warm_plan.ts";

/** Where layers are by now that a plan has not found in the daemon. */
export class KnownLayers implements LayerPlaces {
  readonly #here = new Set<string>();
  /** Those of images on their way, a set for what comes together. */
  readonly #coming = new Set<ReadonlySet<string>>();

  readonly isHere = (key: string): boolean => this.#here.has(key);
  readonly isComing = (key: string): boolean => this.#coming.values().some((keys) => keys.has(key));

  /** A new plan knows better what is here. */
  forget(): void {
    this.#here.clear();
  }

  /** What these lack is on its way, until disposed of. */
  begin(images: readonly PlannedImage[]): Disposable {
    const keys = new Set(images.flatMap((planned) => listLacking(planned, this).map(({ key }) => key)));
    this.#coming.add(keys);
    return { [Symbol.dispose]: () => void this.#coming.delete(keys) };
  }

  /** The daemon has the image of an id; whether that is the one that was planned is looked at. */
  come({ content }: PlannedImage, id: string): void {
    if (content?.id !== id) return;
    for (const { key } of content.layers) this.#here.add(key);
  }
}
