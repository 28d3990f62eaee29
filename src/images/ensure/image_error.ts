import { isDiskFull, isRegistryError, type RegistryError, type RegistryErrorCode } from "../../../registry/mod.ts";
import { EngineError } from "../../docker/mod.ts";
import { ConfigError } from "../config/config.ts";
import { CredentialsError } from "../credentials/mod.ts";

/**
 * Why an image is not there.
 *
 * - `invalid`: the name is none
 * - `absent`: the registry does not have it, or it is not here and nobody may fetch it
 * - `denied`: the registry does not give it to us
 * - `refused`: it is of no use here: an artifact, for another platform, too many layers; or the configuration of this host is of none
 * - `space`: there is no room for it
 * - `corrupt`: what came is not what its digest promises
 * - `unavailable`: no source could be reached, or went on; or this host has no place for what is on its way
 * - `daemon`: the Docker daemon could not take it
 */
export type ImageErrorCode =
  | "invalid"
  | "absent"
  | "denied"
  | "refused"
  | "space"
  | "corrupt"
  | "unavailable"
  | "daemon";

/** An image that could not be had. */
export class ImageError extends Error {
  override readonly name = "ImageError";
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, image: string, found: string, options: { cause?: unknown } = {}) {
    super(`Cannot get image "${image}": ${found}`, options);
    this.code = code;
  }
}

/** What an error of a registry, of the daemon or of the disk means for an image; others are ours, and come back as they are. */
export function toImageError(image: string, caught: unknown): unknown {
  if (caught instanceof ImageError) return caught;
  if (caught instanceof EngineError) return new ImageError("daemon", image, caught.message, { cause: caught });
  if (isDiskFull(caught)) {
    return new ImageError("space", image, `no space is left for it (${(caught as Error).message})`, { cause: caught });
  }
  if (caught instanceof ConfigError || caught instanceof CredentialsError)
    return new ImageError("refused", image, caught.message, { cause: caught });
  if (isOfSystem(caught)) return new ImageError("unavailable", image, caught.message, { cause: caught });
  if (!isRegistryError(caught)) return caught;
  return new ImageError(toCode(caught), image, caught.message, { cause: caught });
}

function toCode({ code }: RegistryError): ImageErrorCode {
  return codes[code] ?? "unavailable";
}

const codes: Partial<Record<RegistryErrorCode, ImageErrorCode>> = {
  BLOB_UNKNOWN: "absent",
  MANIFEST_UNKNOWN: "absent",
  NAME_UNKNOWN: "absent",
  UNAUTHORIZED: "denied",
  DENIED: "denied",
  CORRUPT: "corrupt",
  MANIFEST_INVALID: "refused",
  MANIFEST_TOO_LARGE: "refused",
  NAME_INVALID: "invalid",
};

/** Whether the operating system has refused something, such as a file. */
function isOfSystem(caught: unknown): caught is Error {
  return caught instanceof Error && "syscall" in caught;
}
