import type { Engine } from "../../docker/mod.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { Inventory, InventoryImage } from "../inventory/inventory.ts";
import type { ImageState } from "../state/image_state.ts";
import type { DiskState } from "./disk.ts";
import { findNeed, findReached, type MarkName, type Marks, type Need } from "./marks.ts";
import { type GcPlan, planCollection, type Victim } from "./plan.ts";
import { removeUnused } from "./removal.ts";
import type { KeepReason, Protection } from "./verdict.ts";

/** File systems give space back a moment after files have gone. */
const settleMs = 1000;

/** Where the inventory comes from. */
export interface InventorySource {
  take(signal?: AbortSignal): Promise<Inventory>;
  noteRemoved(id: string, names: readonly string[]): void;
}

/** What collecting goes by. */
export interface GcRules {
  readonly marks: Marks;
  readonly protection: Protection;
  /** Between two removals, so that a busy daemon gets to other things. */
  readonly pauseMs: number;
  /** Most images that one collection removes. */
  readonly maxImages?: number;
}

/** What collecting takes. */
export interface GcParts {
  readonly engine: Engine;
  readonly state: ImageState;
  readonly inventory: InventorySource;
  /** Absent, or undefined, where only the images' own size counts. */
  readonly readDisk?: (() => Promise<DiskState | undefined>) | undefined;
  readonly rules: GcRules;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Told of each removal as it is done. */
  readonly onVerdict?: (verdict: GcVerdict) => void;
}

/** What has become of an image, or would in a dry run. */
export type GcVerdict = {
  readonly image: InventoryImage;
  readonly detail: string;
} & (
  | { readonly outcome: "removed"; readonly bytes: number }
  | { readonly outcome: "kept"; readonly reason: KeepReason }
  | { readonly outcome: "failed" }
);

/** What a collection has come to. */
export interface GcReport {
  /** Marks that were reached; none when there was nothing to do. */
  readonly reached: readonly MarkName[];
  /** What had to be freed. */
  readonly need: Need;
  /** What would still have to be: nothing when the low marks are reached. */
  readonly left: Need;
  /** Every image that there was, once. */
  readonly verdicts: readonly GcVerdict[];
  /** By the sizes of layers. */
  readonly freedBytes: number;
}

/** Tells what would be done, and does nothing. */
export async function previewCollection(parts: GcParts): Promise<GcReport> {
  const inventory = await parts.inventory.take(parts.signal);
  const measured = { disk: await parts.readDisk?.(), imageBytes: inventory.totalBytes };
  const { marks, protection } = parts.rules;
  const reached = findReached(measured, marks);
  const need = findNeed(measured, marks, reached);
  const plan = planCollection(inventory, need, protection, inventory.takenMs);
  const removed = plan.victims.map(({ image, bytes }): GcVerdict => {
    const detail = need.inodes > 0 ? "goes if inodes are still short then" : describeUse(image);
    return { image, outcome: "removed", bytes, detail };
  });
  const left = { bytes: Math.max(0, need.bytes - plan.freedBytes), inodes: 0 };
  return { reached, need, left, verdicts: [...removed, ...toKept(plan)], freedBytes: plan.freedBytes };
}

/**
 * Removes images until the low marks are reached, or nothing is left that may go. What the daemon refuses is left, and the
 * next one goes instead. Throws EngineError when the daemon cannot be asked, StateError when files cannot be used.
 */
export async function collectImages(parts: GcParts): Promise<GcReport> {
  const collection = new Collection(parts);
  return await collection.run();
}

class Collection {
  readonly #parts: GcParts;
  readonly #done = new Map<string, GcVerdict>();
  #reached: readonly MarkName[] = [];
  #freedBytes = 0;

  constructor(parts: GcParts) {
    this.#parts = parts;
  }

  async run(): Promise<GcReport> {
    const { inventory: source, rules, signal } = this.#parts;
    let inventory = await source.take(signal);
    this.#reached = findReached(await this.#measure(inventory.totalBytes), rules.marks);
    const need = await this.#need(inventory.totalBytes);
    for (;;) {
      const left = await this.#need(inventory.totalBytes);
      const plan = this.#plan(inventory, left);
      if (plan.victims.length === 0 || this.#isLimited) return this.#report(plan, need, left);
      const isExhausted = await this.#remove(plan.victims, inventory.totalBytes);
      if (isExhausted) await sleep(this.#parts.clock, settleMs, signal ? { signal } : {});
      inventory = await source.take(signal);
    }
  }

  /** Images about which there is a verdict are there no more, or are to be left alone. */
  #plan(inventory: Inventory, need: Need): GcPlan {
    const { protection } = this.#parts.rules;
    const plan = planCollection(inventory, need, protection, inventory.takenMs);
    if (!plan.victims.some(({ image }) => this.#done.has(image.id))) return plan;
    // One that the daemon did not let go holds its layers like one in use.
    const images = inventory.images.map((image) => (this.#done.has(image.id) ? { ...image, users: [refused] } : image));
    return planCollection({ images }, need, protection, inventory.takenMs);
  }

  /** Whether all victims were tried and space is still short. */
  async #remove(victims: readonly Victim[], imageBytes: number): Promise<boolean> {
    const { clock, rules, signal } = this.#parts;
    let bytesLeft = imageBytes;
    for (const victim of victims) {
      signal?.throwIfAborted();
      const { bytes, inodes } = await this.#need(bytesLeft);
      if ((bytes <= 0 && inodes <= 0) || this.#isLimited) return false;
      const isRemoved = await this.#removeOne(victim);
      // What is freed by those behind it depends on this one.
      if (!isRemoved) return false;
      bytesLeft -= victim.bytes;
      await sleep(clock, rules.pauseMs, signal ? { signal } : {});
    }
    return true;
  }

  async #removeOne({ image, bytes }: Victim): Promise<boolean> {
    const outcome = await removeUnused(image, this.#parts);
    if (outcome.kind === "removed") {
      this.#freedBytes += bytes;
      this.#parts.inventory.noteRemoved(image.id, [...image.names, ...image.digests]);
      this.#conclude({ image, outcome: "removed", bytes, detail: describeUse(image) });
      return true;
    }
    const { kind, detail } = outcome;
    if (kind === "failed") this.#conclude({ image, outcome: kind, detail });
    else this.#conclude({ image, outcome: "kept", reason: kind, detail });
    return false;
  }

  #conclude(verdict: GcVerdict): void {
    this.#done.set(verdict.image.id, verdict);
    this.#parts.onVerdict?.(verdict);
  }

  get #isLimited(): boolean {
    const removed = [...this.#done.values()].filter(({ outcome }) => outcome === "removed").length;
    return removed >= (this.#parts.rules.maxImages ?? Number.POSITIVE_INFINITY);
  }

  async #need(imageBytes: number): Promise<Need> {
    return findNeed(await this.#measure(imageBytes), this.#parts.rules.marks, this.#reached);
  }

  async #measure(imageBytes: number) {
    return { disk: await this.#parts.readDisk?.(), imageBytes };
  }

  #report(plan: GcPlan, need: Need, left: Need): GcReport {
    const isNew = ({ image }: GcVerdict) => !this.#done.has(image.id);
    const limited = plan.victims.map(({ image }): GcVerdict => {
      return { image, outcome: "kept", reason: "enough", detail: "as many as may go at once have gone" };
    });
    const verdicts = [...this.#done.values(), ...[...limited, ...toKept(plan)].filter(isNew)];
    return { reached: this.#reached, need, left, verdicts, freedBytes: this.#freedBytes };
  }
}

/** Stands for whatever the daemon had against a removal. */
const refused = { containerId: "", name: "", state: "in use" };

function toKept({ kept }: GcPlan): GcVerdict[] {
  return kept.map(({ image, reason, detail }) => ({ image, outcome: "kept", reason, detail }));
}

function describeUse({ lastUsedMs, arrivedMs }: InventoryImage): string {
  if (lastUsedMs !== undefined) return `last used ${new Date(lastUsedMs).toISOString()}`;
  return `never used, came ${new Date(arrivedMs).toISOString()}`;
}
