import { takeLease } from "../../images/leases/leases.ts";
import { createImageState } from "../../images/state/image_state.ts";
import { StateError } from "../../images/state/state_error.ts";
import type { Log } from "../../runtime/log.ts";

/** An image that a launch needs until its container is there. */
export interface LeasedImage {
  reference: string;
  /** For people, e.g. `task web.1`. */
  purpose: string;
}

/**
 * Keeps a host's collection of images away from one until disposed of, and notes then that it was used. Who may not write
 * where that is known goes without: a collection removes nothing by force, and what it takes is fetched again.
 */
export async function leaseImage(
  image: LeasedImage,
  { folder, log }: { folder: string; log: Log },
  options: { signal: AbortSignal },
): Promise<AsyncDisposable> {
  const without = (error: unknown) => {
    if (!(error instanceof StateError)) throw error;
    log.debug("images are not kept from being collected", { error: error.message });
  };
  try {
    const lease = await takeLease(createImageState(folder), image, options);
    return { [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose]().then(undefined, without) };
  } catch (error) {
    without(error);
    return { [Symbol.asyncDispose]: async () => undefined };
  }
}
