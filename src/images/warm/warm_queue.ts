import type { PlannedImage } from "./warm_plan.ts";

/** What a queue takes. */
export interface WarmQueueOptions {
  /** Images on their way at once; those that come together count as one. */
  readonly atOnce: number;
  /** Which of those that wait come next, together; the first unless given. None when those on their way have to come before. */
  readonly choose?: (waiting: readonly PlannedImage[]) => readonly PlannedImage[];
  /** Fetches images that come together; gives those that are to come later. Does not fail. */
  readonly warm: (images: readonly QueuedImage[]) => Promise<readonly PlannedImage[]>;
  readonly signal: AbortSignal;
}

/** An image whose turn it is. */
export interface QueuedImage {
  readonly planned: PlannedImage;
  /** Aborted when nobody wants it any more. */
  readonly signal: AbortSignal;
}

/** An image on its way. */
interface Running {
  readonly work: Promise<void>;
  readonly leaving: AbortController;
  /** As it is wanted again, since it has left. */
  again: PlannedImage | undefined;
}

/** Images that are to be fetched, in an order that may change while some of them are on their way. */
export class WarmQueue {
  readonly #options: WarmQueueOptions;
  readonly #running = new Map<string, Running>();
  /** How many of these come each for itself, or together. */
  #underWay = 0;
  #atOnce: number;
  #waiting: readonly PlannedImage[] = [];
  #isOpen = true;
  #changed = Promise.withResolvers<void>();

  constructor(options: WarmQueueOptions) {
    this.#options = options;
    this.#atOnce = options.atOnce;
  }

  /** From now on these are fetched, in this order. What is on its way comes to its end, unless nobody wants it any more. */
  replace(images: readonly PlannedImage[], wanted: ReadonlySet<string>): void {
    for (const [name, running] of this.#running) {
      if (!wanted.has(name)) running.leaving.abort(new Error("it has left the warm set"));
      running.again = running.leaving.signal.aborted ? images.find(({ image }) => image.name === name) : undefined;
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

  /** Whether an image is on its way, or waits; one that has left is not, unless it is wanted again. */
  has(name: string): boolean {
    const running = this.#running.get(name);
    if (running) return !running.leaving.signal.aborted || running.again !== undefined;
    return this.#waiting.some(({ image }) => image.name === name);
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
      const next = new Set(this.#options.choose?.(this.#waiting) ?? this.#waiting.slice(0, 1));
      if (next.size === 0) return;
      this.#waiting = this.#waiting.filter((planned) => !next.has(planned));
      this.#start([...next]);
    }
  }

  #start(images: readonly PlannedImage[]): void {
    const { signal } = this.#options;
    const queued = images.map((planned) => ({ planned, leaving: new AbortController() }));
    this.#underWay++;
    const work = this.#run(
      queued.map(({ planned, leaving }) => ({ planned, signal: AbortSignal.any([signal, leaving.signal]) })),
    );
    for (const { planned, leaving } of queued)
      this.#running.set(planned.image.name, { work, leaving, again: undefined });
  }

  async #run(images: readonly QueuedImage[]): Promise<void> {
    const later = await this.#options.warm(images);
    this.#underWay--;
    const left = images.flatMap(({ planned, signal }) => {
      const { again } = this.#running.get(planned.image.name) ?? {};
      this.#running.delete(planned.image.name);
      if (signal.aborted) return again ?? [];
      return later.find(({ image }) => image.name === planned.image.name) ?? [];
    });
    this.#waiting = [...left, ...this.#waiting];
    this.#fill();
  }
}
