import type { Engine, RegistryAuth } from "../../docker/mod.ts";
import type { CredentialOrigin } from "../../images/credentials/mod.ts";
import type { PulledProgress } from "../../images/ensure/mod.ts";
import type { PullPolicy } from "../task/task_spec.ts";

/** An image that a container needs. */
export interface WantedImage {
  image: string;
  pull: PullPolicy;
  platform?: string;
}

/** What getting an image takes that the daemon lacks. */
export interface ObtainOptions {
  signal: AbortSignal;
  /** Asked only when the image has to be pulled. */
  findAuth: FindAuth;
  /** Takes what is said of a pull. */
  onPull?: (image: string, progress: PulledProgress) => void;
}

/** What getting an image takes. */
export interface ImageOptions extends ObtainOptions {
  /** Gets images that the daemon does not have under their names. */
  obtain: ObtainImage;
}

/** Finds credentials for an image's registry. Throws {@link TaskError} `image`, and the signal's reason. */
export type FindAuth = (
  image: string,
  options: { from: CredentialOrigin; signal: AbortSignal },
) => Promise<RegistryAuth | undefined>;

/** Gets an image into the daemon, and gives what a container is created with. Throws TaskError `image`. */
export type ObtainImage = (wanted: WantedImage, options: ObtainOptions) => Promise<string>;

/**
 * Makes sure that the daemon has an image, and gives what a container is created with: its name, or its id where the daemon
 * does not know it by that. Throws as `obtain`.
 */
export async function ensureImage(engine: Engine, wanted: WantedImage, options: ImageOptions): Promise<string> {
  const { image, pull } = wanted;
  const { obtain, ...rest } = options;
  if (pull !== "always" && (await engine.inspectImage(image, { signal: options.signal }))) return image;
  return await obtain(wanted, rest);
}
