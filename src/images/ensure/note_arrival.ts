import { createImageState } from "../state/image_state.ts";
import { StateError } from "../state/state_error.ts";
import type { EnsureContext } from "./ensure_context.ts";

type Parts = Pick<EnsureContext, "state" | "folder" | "clock" | "log"> & {
  readonly wanted: { readonly image: string };
};

/** When a registry was last seen to have an image under the name that is wanted, in milliseconds; undefined when nobody knows. */
export async function findArrival(parts: Parts, imageId: string): Promise<number | undefined> {
  try {
    const arrival = await arrivalsOf(parts).get(imageId);
    return arrival?.reference === parts.wanted.image ? arrival.atMs : undefined;
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    parts.log.debug("it is not known when a registry had the image", { error: error.message });
    return undefined;
  }
}

/** What all processes of this host share is in the first folder, also when images on their way are not. */
function arrivalsOf({ state, folder }: Parts) {
  return createImageState(state[0] ?? folder).arrivals;
}

/**
 * Notes that a registry has an image, where collections of this host look. A daemon with a storage driver does not remember
 * it of what has come through us, and what nobody can get again is never collected. Who may not write there leaves it at that:
 * the image is kept.
 */
export async function noteArrival(parts: Parts, imageId: string): Promise<void> {
  const { wanted, clock, log } = parts;
  try {
    await arrivalsOf(parts).put(imageId, { imageId, reference: wanted.image, atMs: clock.now() });
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    log.debug("it is not noted that a registry has the image", { image: wanted.image, error: error.message });
  }
}
