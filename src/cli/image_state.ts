import { isAbsolute } from "node:path";
import { createImageState, type ImageState } from "../images/state/image_state.ts";
import type { Variables } from "../mesos/environment.ts";
import { UsageError } from "./usage_error.ts";

/** Where the caller's variables say that what is known of images is kept. */
export function readImageState({ MESOS_DOCKER_STATE: folder }: Variables): ImageState {
  if (!folder) return createImageState();
  if (!isAbsolute(folder)) throw new UsageError(`MESOS_DOCKER_STATE is "${folder}", expected an absolute path`);
  return createImageState(folder);
}
