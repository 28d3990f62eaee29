import { effectiveUseMs, type Inventory, type InventoryImage } from "../inventory/inventory.ts";
import { LayerGraph } from "../inventory/layer_graph.ts";
import type { Need } from "./marks.ts";
import { findProtection, type Keep, type Protection } from "./verdict.ts";

/** An image that is to go. */
export interface Victim {
  readonly image: InventoryImage;
  /** Bytes that nobody holds any more when it and those before it have gone. */
  readonly bytes: number;
}

/** An image that stays. */
export interface Kept extends Keep {
  readonly image: InventoryImage;
}

/** What is to be done: every image is in one of both lists. */
export interface GcPlan {
  readonly need: Need;
  /** In the order in which they go: those without a name first, then those whose use is longest ago. */
  readonly victims: readonly Victim[];
  readonly kept: readonly Kept[];
  /** Bytes that all victims free. */
  readonly freedBytes: number;
}

/**
 * Decides what goes: by last use, until what is needed is freed, counted by layers that nobody else has (J 56). How many
 * inodes an image has is not known, so that a lack of them makes victims of all that may go: whoever removes them stops when
 * there are enough.
 */
export function planCollection(
  inventory: Pick<Inventory, "images">,
  need: Need,
  protection: Protection,
  nowMs: number,
): GcPlan {
  const kept: Kept[] = [];
  const candidates: InventoryImage[] = [];
  for (const image of inventory.images) {
    const keep = findProtection(image, protection, nowMs);
    if (keep === undefined) candidates.push(image);
    else kept.push({ image, ...keep });
  }
  const wantsBytes = need.bytes > 0;
  const chosen = choose(inventory.images, candidates.sort(byUse), need);
  const chosenIds = new Set(chosen.victims.map(({ id }) => id));
  for (const image of candidates.filter(({ id }) => !chosenIds.has(id))) {
    const isUseless = chosen.useless.has(image.id);
    const detail = isUseless ? "others have all its layers" : wantsBytes ? "others go first" : "no mark is reached";
    kept.push({ image, reason: isUseless ? "frees nothing" : "enough", detail });
  }
  const victims = toVictims(inventory.images, chosen.victims);
  return { need, victims, kept, freedBytes: victims.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Those without a name first; of two that were used at one moment, the one that frees more. */
function byUse(one: InventoryImage, other: InventoryImage): number {
  const named = ({ names, digests }: InventoryImage) => (names.length + digests.length === 0 ? 0 : 1);
  return (
    named(one) - named(other) ||
    effectiveUseMs(one) - effectiveUseMs(other) ||
    other.uniqueBytes - one.uniqueBytes ||
    (one.id < other.id ? -1 : 1)
  );
}

function choose(
  images: readonly InventoryImage[],
  candidates: readonly InventoryImage[],
  need: Need,
): { victims: InventoryImage[]; useless: ReadonlySet<string> } {
  if (need.inodes > 0) return { victims: [...candidates], useless: new Set() };
  if (need.bytes <= 0) return { victims: [], useless: new Set() };
  const graph = new LayerGraph(images);
  const victims: InventoryImage[] = [];
  let freed = 0;
  for (const image of candidates) {
    if (freed >= need.bytes) break;
    freed += graph.remove(image.id);
    victims.push(image);
  }
  return spare(graph, victims, { freed, need: Math.min(freed, need.bytes) });
}

/**
 * Puts back what has gone for nothing, those first that were used last: an image may free nothing by itself, and be needed
 * because it shares layers with the next one, or not.
 */
function spare(
  graph: LayerGraph,
  victims: readonly InventoryImage[],
  bytes: { freed: number; need: number },
): { victims: InventoryImage[]; useless: ReadonlySet<string> } {
  const spared = new Set<string>();
  const useless = new Set<string>();
  let { freed } = bytes;
  for (const image of victims.toReversed()) {
    const held = graph.add(image);
    if (freed - held >= bytes.need) {
      freed -= held;
      spared.add(image.id);
      if (held === 0) useless.add(image.id);
    } else {
      graph.remove(image.id);
    }
  }
  return { victims: victims.filter(({ id }) => !spared.has(id)), useless };
}

function toVictims(images: readonly InventoryImage[], chosen: readonly InventoryImage[]): Victim[] {
  const graph = new LayerGraph(images);
  return chosen.map((image) => ({ image, bytes: graph.remove(image.id) }));
}
