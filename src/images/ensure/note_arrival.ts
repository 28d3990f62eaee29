import { createImageState } from "../state/image_state.ts";
import { StateError } from "../state/state_error.ts";
import type { EnsureContext } from "./ensure_context.ts";

/**
 * Notes that a registry has an image, where collections of this host look. A daemon with a storage driver does not remember
 * it of what has come through us, and what nobody can get again is never collected. Who may not write there leaves it at that:
 * the image is kept.
 */
export async function noteArrival(
  { state, folder, wanted, clock, log }: Pick<EnsureContext, "state" | "folder" | "wanted" | "clock" | "log">,
  imageId: string,
): Promise<void> {
  // What all processes of this host share is in the first, also when images on their way are not.
  const { arrivals } = createImageState(state[0] ?? folder);
  try {
    await arrivals.put(imageId, { imageId, reference: wanted.image, atMs: clock.now() });
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    log.debug("it is not noted that a registry has the image", { image: wanted.image, error: error.message });
  }
}
