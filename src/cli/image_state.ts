import { createImageState, type ImageState } from "../images/state/image_state.ts";
import { readStateFolder } from "../images/state/state_place.ts";
import type { Variables } from "../mesos/environment.ts";
import { UsageError } from "./usage_error.ts";

/** Where the caller's variables say that what is known of images is kept. */
export function readImageState(variables: Variables): ImageState {
  return asUsage(() => createImageState(readStateFolder(variables)));
}

/** What MESOS_DOCKER_STATE says is the caller's to mend. */
export function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof SyntaxError ? new UsageError(error.message) : error;
  }
}
