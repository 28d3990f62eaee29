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
  /** Takes what is said of a pull. */
  onPull?: (image: string, progress: PulledProgress) => void;
  /** Gets images that the daemon does not have under their names; by default the daemon pulls them itself. */
  obtain?: ObtainImage;
}

/** A word about a pull, and who sends the bytes, where that is known. */
export type PulledProgress = TransferProgress & { readonly source?: string };

/** Gets an image into the daemon, and gives what a container is created with. Throws {@link TaskError} `image`. */
export type ObtainImage = (wanted: WantedImage, options: Omit<ImageOptions, "obtain">) => Promise<string>;

/**
 * Makes sure that the daemon has an image, and gives what a container is created with: its name, or its id where the daemon
 * does not know it by that. Throws {@link TaskError} `image` with the words of who did not have it.
 */
export async function ensureImage(engine: Engine, wanted: WantedImage, options: ImageOptions): Promise<string> {
  const { image, pull } = wanted;
  const { obtain = obtainFrom(engine), ...rest } = options;
  if (pull !== "always" && (await engine.inspectImage(image, { signal: options.signal }))) return image;
  return await obtain(wanted, rest);
}

/** Has the daemon pull images. */
function obtainFrom(engine: Engine): ObtainImage {
  return async ({ image, pull, platform }, { signal, findAuth, onPull }) => {
    if (pull === "never")
      throw new TaskError("image", `Cannot get image "${image}": it is not here, and pull is "never"`);
    const auth = await findAuth(image);
    try {
      await engine.pullImage(image, {
        signal,
        ...(auth ? { auth } : {}),
        ...(platform ? { platform } : {}),
        ...(onPull ? { onProgress: (progress) => onPull(image, progress) } : {}),
      });
      return image;
    } catch (cause) {
      if (!(cause instanceof EngineError)) throw cause;
      throw new TaskError("image", `Cannot get image "${image}": ${cause.message}`, { cause });
    }
  };
}
