import type { PlannedImage } from "./warm_plan.ts";

/** What a queue takes. */
export interface WarmQueueOptions {
  /** Images on their way at once; those that come together count as one. */
  readonly atOnce: number;
  /** How many of the first images that wait come together; one unless given. */
  readonly countTogether?: (waiting: readonly PlannedImage[]) => number;
  /** Fetches images that come together; does not fail. */
  readonly warm: (images: readonly QueuedImage[]) => Promise<void>;
  readonly signal: AbortSignal;
}

/** An image whose turn it is. */
export interface QueuedImage {
  readonly planned: PlannedImage;
  /** Aborted when nobody wants it any more. */
  readonly signal: AbortSignal;
}

/** Images that are to be fetched, in an order that may change while some of them are on their way. */
export class WarmQueue {
  readonly #options: WarmQueueOptions;
  readonly #running = new Map<string, { work: Promise<void>; leaving: AbortController }>();
  /** How many of these come each for itself, or together. */
  #underWay = 0;
  #atOnce: number;
  #waiting: PlannedImage[] = [];
  #isOpen = true;
  #changed = Promise.withResolvers<void>();

  constructor(options: WarmQueueOptions) {
    this.#options = options;
    this.#atOnce = options.atOnce;
  }

  /** From now on these are fetched, in this order. What is on its way comes to its end, unless nobody wants it any more. */
  replace(images: readonly PlannedImage[], wanted: ReadonlySet<string>): void {
    for (const [name, { leaving }] of this.#running) {
      if (!wanted.has(name)) leaving.abort(new Error("it has left the warm set"));
    }
    this.#waiting = images.filter(({ image }) => !this.#running.has(image.name));
    this.#fill();
  }

  /** Whether images are begun; what is on its way comes to its end in any case. */
  setOpen(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#fill();
  }

  /** How many are on their way at once from now on; what is comes to its end in any case. */
  setAtOnce(atOnce: number): void {
    this.#atOnce = atOnce;
    this.#fill();
  }

  /** Whether an image is on its way, or waits. */
  has(name: string): boolean {
    return this.#running.has(name) || this.#waiting.some(({ image }) => image.name === name);
  }

  /** Resolves when nothing is on its way and nothing waits; after the signal, when nothing is on its way. */
  async drain(): Promise<void> {
    const { signal } = this.#options;
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    while (this.#running.size > 0 || (this.#waiting.length > 0 && !signal.aborted)) {
      const works = [...this.#running.values()].map(({ work }) => work);
      await Promise.race([...works, this.#changed.promise, ...(signal.aborted ? [] : [aborted])]);
    }
    resolve();
  }

  #fill(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
    const { signal } = this.#options;
    while (this.#isOpen && !signal.aborted && this.#underWay < this.#atOnce) {
      const next = this.#waiting.splice(0, this.#options.countTogether?.(this.#waiting) ?? 1);
      if (next.length === 0) return;
      this.#start(next);
    }
  }

  #start(images: readonly PlannedImage[]): void {
    const { warm, signal } = this.#options;
    const queued = images.map((planned) => ({ planned, leaving: new AbortController() }));
    this.#underWay++;
    const work = warm(
      queued.map(({ planned, leaving }) => ({ planned, signal: AbortSignal.any([signal, leaving.signal]) })),
    ).finally(() => {
      this.#underWay--;
      for (const { image } of images) this.#running.delete(image.name);
      this.#fill();
    });
    for (const { planned, leaving } of queued) this.#running.set(planned.image.name, { work, leaving });
  }
}
