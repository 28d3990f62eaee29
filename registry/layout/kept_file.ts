import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KeptText } from "../store/kept_text.ts";
import { orUndefined, writeDurably } from "./durable_file.ts";

/**
 * A text in the folder of a layout registry, beside its images. It survives the end of the process; what a loss of power
 * takes of it can be found out again, or is only remembered less well.
 */
export function openKeptFile(root: string, name: string): KeptText {
  const path = join(root, name);
  const explain = (verb: string) => (cause: Error) => {
    throw new Error(`Cannot ${verb} "${path}": ${cause.message}`, { cause });
  };
  return {
    read: () => orUndefined(readFile(path, "utf8")).catch(explain("read")),
    write: (text) => writeDurably(path, text, "none").catch(explain("write")),
  };
}
