import { readYaml } from "../../notation/yaml_document.ts";
import { toFullName } from "../image_name.ts";
import { warmFileSchema } from "./warm_schema.ts";

/** An image that is wanted ahead of need. */
export interface WarmImage {
  /** As it was written. */
  readonly reference: string;
  /** The one spelling of it, by which images of a set are told apart. */
  readonly name: string;
  /** `os/architecture[/variant]`; the daemon's own unless given. */
  readonly platform?: string;
  /** Higher comes first. */
  readonly priority: number;
  /** How long it is protected from collection; as long as it is in the set unless given. */
  readonly protectMs?: number;
}

/** Images that are wanted together. */
export interface WarmSet {
  /** The file that names them; absent for those of a command line. */
  readonly file?: string;
  readonly images: readonly WarmImage[];
}

/** A set that may become another one. */
export interface WarmSetSource {
  /** What holds, as of the last look. */
  readonly set: WarmSet;
  /** Looks whether another set holds by now. */
  look(): Promise<boolean>;
}

/** A file that cannot be used; the message names every fault. */
export class WarmFileError extends Error {
  override readonly name = "WarmFileError";
}

/** Reads the text of a warm file (YAML, or JSON); throws {@link WarmFileError}. `file` is its path. */
export function parseWarmFile(text: string, file: string): WarmSet {
  const read = readYaml(text, warmFileSchema, "it is empty, expected images");
  if ("faults" in read) throw new WarmFileError(`Cannot use "${file}": ${read.faults.join("; ")}`);
  const { images, protect } = read.value;
  return {
    file,
    images: images.map(({ image, platform, priority = 0, protect: own = protect }) => ({
      reference: image,
      name: toFullName(image),
      priority,
      ...(platform === undefined ? {} : { platform }),
      ...(own === undefined ? {} : { protectMs: own }),
    })),
  };
}
