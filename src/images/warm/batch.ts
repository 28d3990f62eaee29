import { parseReference } from "../../../registry/mod.ts";
import type { PlannedImage, WantedLayer } from "./warm_plan.ts";

/** Most that an image may lack to come together with others, in bytes: what is larger is extracted while it comes. */
const smallBytes = 2 * 1024 * 1024;

/** Most that comes together; it is held in memory. */
const mostBytes = 8 * 1024 * 1024;
const mostImages = 16;

/** Below that, going together costs more than it spares. */
const fewestImages = 3;

/**
 * How many of the first images of a queue come together: 1 unless several of them are small. `isHere` tells whether a layer has come by
 * now, by its key.
 */
export function countTogether(waiting: readonly PlannedImage[], isHere: (key: string) => boolean): number {
  let bytes = 0;
  let count = 0;
  const counted = new Set<string>();
  for (const planned of waiting.slice(0, mostImages)) {
    const lacking = listLacking(planned, isHere).filter(({ key }) => !counted.has(key));
    const own = lacking.reduce((sum, { size }) => sum + size, 0);
    bytes += own;
    if (!mayComeTogether(planned) || own > smallBytes || bytes > mostBytes) break;
    for (const { key } of lacking) counted.add(key);
    count++;
  }
  return count < fewestImages ? 1 : count;
}

/** Layers of an image that have not come yet. */
export function listLacking({ layers = [] }: PlannedImage, isHere: (key: string) => boolean): readonly WantedLayer[] {
  return layers.filter(({ key }) => !isHere(key));
}

/** Of others, it is looked closer at what the daemon has; and who lacks no layer may be here under another name. */
function mayComeTogether({ image, layers = [] }: PlannedImage): boolean {
  return layers.length > 0 && image.platform === undefined && parseReference(image.reference).digest === undefined;
}
