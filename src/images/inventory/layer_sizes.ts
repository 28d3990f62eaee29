import type { HistoryEntry } from "../../docker/mod.ts";
import type { Layer, LayeredImage } from "./layer_graph.ts";

/** `exact`: the daemon has told it; `estimated`: its sums are right, and which layer has how much is not sure. */
export type Certainty = "exact" | "estimated";

/** Bytes of an image's layers, lowest first. */
export interface LayerSizes {
  readonly bytes: readonly number[];
  readonly certainty: Certainty;
}

/**
 * Sizes of `count` layers from an image's history, newest step first. The daemon gives a size to each step, of 0 to those
 * that made no layer and does not tell these from layers that hold nothing: where it matters, the text of the step decides.
 */
export function sizeLayers(count: number, history: readonly HistoryEntry[], imageBytes: number): LayerSizes {
  const steps = history.toReversed();
  const full = steps.filter(({ Size }) => Size > 0);
  if (full.length === count) return { bytes: full.map(({ Size }) => Size), certainty: "exact" };
  if (steps.length === count) return { bytes: steps.map(({ Size }) => Size), certainty: "exact" };
  if (full.length > count || steps.length < count) return spread(count, imageBytes);
  return { bytes: chooseSteps(count, steps).map(({ Size }) => Size), certainty: "estimated" };
}

/** An image of which nobody wrote down how it was made. */
function spread(count: number, imageBytes: number): LayerSizes {
  const each = count === 0 ? 0 : Math.floor(imageBytes / count);
  const bytes = Array.from({ length: count }, (_, index) => (index === count - 1 ? imageBytes - each * index : each));
  return { bytes, certainty: count === 1 ? "exact" : "estimated" };
}

/** All steps that have bytes, and of the others those that are the likeliest to have made a layer. */
function chooseSteps(count: number, steps: readonly HistoryEntry[]): HistoryEntry[] {
  const ranked = steps.toSorted((one, other) => rank(one) - rank(other));
  const chosen = new Set(ranked.slice(0, count));
  return steps.filter((step) => chosen.has(step));
}

function rank({ Size, CreatedBy }: HistoryEntry): number {
  if (Size > 0) return 0;
  return isMetadata(CreatedBy) ? 2 : 1;
}

/** Steps that only say something of the image: as the classic builder writes them, and BuildKit. */
function isMetadata(createdBy: string): boolean {
  const [, step = createdBy] = /#\(nop\)\s+(.*)$/s.exec(createdBy) ?? [];
  return /^(CMD|ENTRYPOINT|ENV|LABEL|EXPOSE|VOLUME|USER|ARG|STOPSIGNAL|HEALTHCHECK|SHELL|MAINTAINER|ONBUILD)\b/.test(
    step,
  );
}

/** An image whose layers have sizes of a certainty. */
export interface SizedImage extends LayeredImage {
  readonly certainty: Certainty;
}

/** One size for each chain, whoever has it: what is exact for one image is so for all; of guesses, the smaller one. */
export function agreeOnSizes(images: readonly SizedImage[]): SizedImage[] {
  const known = new Map<string, Layer & { certainty: Certainty }>();
  for (const { layers, certainty } of images) {
    for (const layer of layers) {
      const before = known.get(layer.chain);
      if (before === undefined || isBetter({ ...layer, certainty }, before)) {
        known.set(layer.chain, { ...layer, certainty });
      }
    }
  }
  return images.map((image) => {
    const layers = image.layers.map(({ chain, bytes }) => ({ chain, bytes: known.get(chain)?.bytes ?? bytes }));
    const isExact = image.layers.every(({ chain }) => known.get(chain)?.certainty === "exact");
    return { ...image, layers, certainty: isExact ? "exact" : "estimated" };
  });
}

function isBetter(
  one: { bytes: number; certainty: Certainty },
  other: { bytes: number; certainty: Certainty },
): boolean {
  if (one.certainty !== other.certainty) return one.certainty === "exact";
  return one.certainty === "estimated" && one.bytes < other.bytes;
}

/**
 * Adds what containerd keeps of an image beside its unpacked layers: their compressed form. The daemon tells its sum for the
 * image alone, so it is shared out by the size of the layers.
 */
export function addContent({ bytes, certainty }: LayerSizes, imageBytes: number): LayerSizes {
  const unpacked = bytes.reduce((sum, one) => sum + one, 0);
  const content = imageBytes - unpacked;
  if (content <= 0 || unpacked === 0) return { bytes, certainty };
  return { bytes: bytes.map((one) => one + Math.floor((content * one) / unpacked)), certainty: "estimated" };
}
