import { eachAtOnce } from "../../../registry/mod.ts";
import { type Engine, EngineError } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { DaemonStore } from "../ensure/daemon_store.ts";
import type { EnsuredImage, EnsureParts } from "../ensure/mod.ts";
import { toFullName } from "../image_name.ts";
import type { ImageState } from "../state/image_state.ts";
import { StateError } from "../state/state_error.ts";
import { BatchLoader } from "./batch_loader.ts";
import { type DailyWindow, followWindow, formatOpening } from "./daily_window.ts";
import { Examination } from "./examine.ts";
import { WarmProtection } from "./protection.ts";
import type { OnWarmNews, WarmNews } from "./warm_news.ts";
import { warmOne } from "./warm_one.ts";
import { type Finding, type PlannedImage, planWarm, type WarmPlan } from "./warm_plan.ts";
import { type QueuedImage, WarmQueue } from "./warm_queue.ts";
import type { WarmImage, WarmSet } from "./warm_set.ts";
import type { WarmSources } from "./warm_sources.ts";

/** How fast images are fetched. */
export interface WarmPace {
  /** Images on their way at once. */
  readonly atOnce: number;
  /** When images are begun; always unless given. */
  readonly window?: DailyWindow;
}

/** What warming takes. */
export interface WarmParts extends WarmPace {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Log;
  readonly state: ImageState;
  readonly sources: WarmSources;
  /** What ensuring one image is done with. */
  readonly partsFor: (reference: string) => EnsureParts;
  readonly signal: AbortSignal;
  readonly tell: OnWarmNews;
  /** Told of each try, also when its outcome is no news. */
  readonly onOutcome?: (name: string, outcome: "done" | "failed") => void;
}

/** Images that are asked for at once: a question is a few small requests. */
const questionsAtOnce = 16;

/** Has the images of a set in the daemon, ahead of need. */
export class Warming implements Disposable {
  readonly #parts: WarmParts;
  readonly #protection: WarmProtection;
  readonly #batches: BatchLoader;
  readonly #queue: WarmQueue;
  #window: Disposable | undefined;
  /** When images are begun that have to wait; undefined once that was told, and while they need not. */
  #opening: string | undefined;
  /** How each image stands, by its name. */
  readonly #last = new Map<string, WarmNews>();
  /** How the daemon keeps images, as of the last plan. */
  #store: DaemonStore | undefined;

  constructor(parts: WarmParts) {
    this.#parts = parts;
    this.#protection = new WarmProtection(parts.state);
    this.#batches = new BatchLoader({ ...parts, tell: (news) => this.#tell(news) });
    this.#queue = new WarmQueue({
      atOnce: parts.atOnce,
      signal: parts.signal,
      choose: (waiting) => this.#batches.choose(waiting),
      warm: (images) => this.#warm(images),
    });
    this.adapt(parts);
  }

  /** From now on this is the pace. What is on its way comes to its end in any case. */
  adapt({ atOnce, window }: WarmPace): void {
    this.#window?.[Symbol.dispose]();
    this.#window = undefined;
    this.#opening = undefined;
    this.#queue.setAtOnce(atOnce);
    if (window === undefined) return this.#queue.setOpen(true);
    let wasOpen = true;
    this.#window = followWindow(window, this.#parts.clock, (isOpen) => {
      if (wasOpen || isOpen) this.#opening = isOpen ? undefined : formatOpening(window);
      wasOpen = isOpen;
      this.#queue.setOpen(isOpen);
    });
  }

  [Symbol.dispose](): void {
    this.#window?.[Symbol.dispose]();
  }

  /** Looks how all images stand; changes nothing. Throws EngineError. */
  async plan({ images }: WarmSet): Promise<WarmPlan> {
    const examination = await Examination.open(this.#parts);
    this.#store = examination.store;
    const findings = new Map<string, Finding>();
    await eachAtOnce(images, questionsAtOnce, async (image) => {
      findings.set(image.name, await examination.examine(image));
    });
    this.#batches.follow(examination.store);
    return planWarm(images.flatMap(({ name }) => findings.get(name) ?? []));
  }

  /**
   * Lets go of what has left the set, protects what is here, and has the rest fetched from now on. Throws StateError when there is
   * no image to tell that of.
   */
  async begin(set: WarmSet, { present, refused, images }: WarmPlan): Promise<void> {
    this.#protection.follow(set.file);
    const unusable = await stateErrorOf(this.#protection.release(set));
    if (unusable) {
      if (set.images.length === 0) throw unusable;
      // Nothing of it could be protected.
      for (const image of set.images) if (!this.#queue.has(image.name)) this.#tell(toFailure(image, unusable));
      return;
    }
    for (const here of present) if (!this.#queue.has(here.image.name)) await this.#keep(here);
    for (const { image, error } of refused) {
      this.#tell({ image, state: "failed", code: error.code, error: error.message });
    }
    for (const { image, state, bytes } of images) {
      if (this.#queue.has(image.name)) continue;
      if (state === "moved") this.#tell({ image, state });
      this.#tell({ image, state: "queued", ...(bytes === undefined ? {} : { bytes }) });
    }
    const names = new Set(set.images.map(({ name }) => name));
    for (const name of this.#last.keys()) if (!names.has(name)) this.#last.delete(name);
    this.#queue.replace(images, names);
    if (this.#opening === undefined || images.length === 0) return;
    const waiting = { images: images.length, opens: this.#opening };
    this.#parts.log.warn("images wait for the window in which they may be fetched", waiting);
    this.#opening = undefined;
  }

  /** Protects an image that is here. */
  async #keep({ image, id }: WarmPlan["present"][number]): Promise<void> {
    const error = await stateErrorOf(this.#protection.renew(image, id, this.#parts.clock.now()));
    this.#tell(error ? toFailure(image, error) : { image, state: "done", id, outcome: "present", bytes: 0 });
  }

  /** Resolves when nothing is on its way any more. */
  async drain(): Promise<void> {
    await this.#queue.drain();
  }

  /** Images of a set that are not done. */
  countUndone({ images }: WarmSet): number {
    return images.filter(({ name }) => this.#last.get(name)?.state !== "done").length;
  }

  /** An image, or a name of it, was removed; tells whether one of the set is missing by that. Throws EngineError. */
  async noteRemoved(id: string): Promise<boolean> {
    let missing = 0;
    for (const news of [...this.#last.values()]) {
      if (news.state === "done" && news.id === id && (await this.#isMissing(news))) missing++;
    }
    return missing > 0;
  }

  /**
   * A daemon that is removing an image still takes names for it, and removes it all the same. Of what happens from now on its
   * events tell.
   */
  async #confirm(names: readonly string[]): Promise<void> {
    try {
      for (const name of names) {
        const news = this.#last.get(name);
        if (news?.state === "done" && (await this.#isMissing(news))) this.#parts.onOutcome?.(name, "failed");
      }
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#parts.log.warn("it cannot be looked whether an image stayed", { error: error.message });
    }
  }

  /** Whether an image that was done is gone, which is told. */
  async #isMissing({ image, id }: Extract<WarmNews, { state: "done" }>): Promise<boolean> {
    const { engine, signal } = this.#parts;
    const name = image.reference.includes("@") ? id : image.reference;
    if (await engine.inspectImage(name, { signal })) return false;
    this.#tell({ image, state: "missing" });
    return true;
  }

  /** Gets images into the daemon; gives those that have not come with the others, and are to come alone. */
  async #warm(images: readonly QueuedImage[]): Promise<readonly PlannedImage[]> {
    using _coming = this.#batches.layers.begin(images.map(({ planned }) => planned));
    const come = images.length > 1 ? await this.#batches.load(images) : undefined;
    const done: QueuedImage[] = [];
    const later: PlannedImage[] = [];
    for (const queued of images) {
      const ensured = come?.get(queued.planned.image.reference);
      if (come && !ensured) later.push({ ...queued.planned, comesAlone: true });
      else if (await this.#warmOne(queued, ensured)) done.push(queued);
    }
    const names = done.map(({ planned }) => planned.image.name);
    await this.#confirm(come ? await this.#findUnlisted(names) : names);
    return later;
  }

  /** Those of images that the daemon does not list by their names: to list them is one question for all. */
  async #findUnlisted(names: readonly string[]): Promise<readonly string[]> {
    const { engine, signal } = this.#parts;
    if (names.length === 0) return [];
    try {
      const listed = new Set((await engine.listImages({ signal })).flatMap(({ RepoTags }) => RepoTags.map(toFullName)));
      return names.filter((name) => !listed.has(name));
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return names;
    }
  }

  /** Gets an image into the daemon, unless it has `come` with others; whether that was done. */
  async #warmOne({ planned, signal }: QueuedImage, come: EnsuredImage | undefined): Promise<boolean> {
    const tell = this.#tell.bind(this);
    const parts = { ...this.#parts, store: this.#store, protection: this.#protection, tell };
    try {
      const ensured = await warmOne(planned, parts, signal, come);
      if (ensured !== undefined) this.#batches.layers.come(planned, ensured.id);
      return ensured !== undefined;
    } catch (error) {
      // Who has ended it knows why.
      if (!signal.aborted) throw error;
      return false;
    }
  }

  /** Nobody wants to hear twice that an image is there, or that it still cannot be had. */
  #tell(news: WarmNews): void {
    const { state, image } = news;
    const last = this.#last.get(image.name);
    this.#last.set(image.name, news);
    if (state === "done" || state === "failed") this.#parts.onOutcome?.(image.name, state);
    if (state === "done" && last?.state === "done" && last.id === news.id) return;
    if (state === "failed" && last?.state === "failed" && last.error === news.error) return;
    this.#parts.tell(news);
  }
}

/** What keeps a file of what is known of images from being read or written; undefined when nothing does. */
async function stateErrorOf(work: Promise<void>): Promise<StateError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    return error;
  }
}

function toFailure(image: WarmImage, { message }: StateError): WarmNews {
  return { image, state: "failed", code: "state", error: message };
}
