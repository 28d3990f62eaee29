import { type Engine, EngineError, type RegistryAuth, type TransferProgress } from "../../docker/mod.ts";
import { TaskError } from "../task/task_error.ts";
import type { PullPolicy } from "../task/task_spec.ts";

/** An image that a container needs. */
export interface WantedImage {
  image: string;
  pull: PullPolicy;
  platform?: string;
}

/** What getting an image takes. */
export interface ImageOptions {
  signal: AbortSignal;
  /** Asked only when the image has to be pulled. */
  findAuth: (image: string) => Promise<RegistryAuth | undefined>;
  /** Takes what the daemon says of a pull. */
  onPull?: (image: string, progress: TransferProgress) => void;
}

/** Makes sure that the daemon has an image; throws {@link TaskError} `image` with the daemon's own words. */
export async function ensureImage(engine: Engine, wanted: WantedImage, options: ImageOptions): Promise<void> {
  const { image, pull, platform } = wanted;
  const { signal, onPull } = options;
  if (pull !== "always" && (await engine.inspectImage(image, { signal }))) return;
  if (pull === "never")
    throw new TaskError("image", `Cannot get image "${image}": it is not here, and pull is "never"`);
  const auth = await options.findAuth(image);
  try {
    await engine.pullImage(image, {
      signal,
      ...(auth ? { auth } : {}),
      ...(platform ? { platform } : {}),
      ...(onPull ? { onProgress: (progress) => onPull(image, progress) } : {}),
    });
  } catch (cause) {
    if (!(cause instanceof EngineError)) throw cause;
    throw new TaskError("image", `Cannot get image "${image}": ${cause.message}`, { cause });
  }
}
