import { parseReference } from "../../../registry/mod.ts";
import type { PlannedImage, WantedLayer } from "./warm_plan.ts";

/** Most that an image may lack to come together with others, in bytes: what is larger is extracted while it comes. */
const smallBytes = 2 * 1024 * 1024;

/** Most that comes together; it is held in memory. */
const mostBytes = 8 * 1024 * 1024;
const mostImages = 16;

/** Below that, going together costs more than it spares. */
const fewestImages = 3;

/** Where layers are, by their keys. */
export interface LayerPlaces {
  /** In the daemon by now. */
  readonly isHere: (key: string) => boolean;
  /** On their way to it. */
  readonly isComing: (key: string) => boolean;
}

/**
 * Which of the images that wait come next: several that are small come together, all others alone. One that will be small as soon
 * as layers have come that are on their way is passed over; nothing is given when that holds for all.
 */
export function chooseNext(waiting: readonly PlannedImage[], places: LayerPlaces): readonly PlannedImage[] {
  const startable = waiting.filter((planned) => !waitsForOthers(planned, places));
  const together = takeSmall(startable, places);
  return together.length < fewestImages ? startable.slice(0, 1) : together;
}

/** Layers of an image that have not come yet. */
export function listLacking(
  { content }: PlannedImage,
  { isHere }: Pick<LayerPlaces, "isHere">,
): readonly WantedLayer[] {
  return content?.layers.filter(({ key }) => !isHere(key)) ?? [];
}

function waitsForOthers(planned: PlannedImage, places: LayerPlaces): boolean {
  if (!mayComeTogether(planned)) return false;
  const lacking = listLacking(planned, places);
  const own = lacking.filter(({ key }) => !places.isComing(key));
  return own.length < lacking.length && bytesOf(own) <= smallBytes;
}

/** From the first on, up to one that is not small. */
function takeSmall(images: readonly PlannedImage[], places: LayerPlaces): readonly PlannedImage[] {
  const counted = new Set<string>();
  let bytes = 0;
  let count = 0;
  for (const planned of images.slice(0, mostImages)) {
    const own = listLacking(planned, places).filter(({ key }) => !counted.has(key));
    bytes += bytesOf(own);
    if (!mayComeTogether(planned) || bytesOf(own) > smallBytes || bytes > mostBytes) break;
    for (const { key } of own) counted.add(key);
    count++;
  }
  return images.slice(0, count);
}

/** Of others, it is looked closer at what the daemon has; and who lacks no layer may be here under another name. */
function mayComeTogether({ image, content, comesAlone }: PlannedImage): boolean {
  if (comesAlone || content === undefined || content.layers.length === 0) return false;
  return image.platform === undefined && parseReference(image.reference).digest === undefined;
}

function bytesOf(layers: readonly WantedLayer[]): number {
  return layers.reduce((sum, { size }) => sum + size, 0);
}
