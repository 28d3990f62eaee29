import { readFile } from "node:fs/promises";
import { readYaml } from "../../notation/yaml_document.ts";
import { type MirrorFile, mirrorSchema } from "./mirror_schema.ts";

/** A file that cannot be used; the message names every fault. */
export class MirrorFileError extends Error {
  override readonly name = "MirrorFileError";
}

/** Reads a mirror file; throws {@link MirrorFileError}. */
export async function readMirrorFile(path: string): Promise<MirrorFile> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw new MirrorFileError(`Cannot read "${path}": ${cause.message}`, { cause });
  });
  return parseMirrorFile(text, path);
}

/** Reads the text of a mirror file (YAML, or JSON); throws {@link MirrorFileError}. `name` is for errors. */
export function parseMirrorFile(text: string, name: string): MirrorFile {
  const read = readYaml(text, mirrorSchema, "it is empty, expected repositories");
  if ("faults" in read) throw new MirrorFileError(`Cannot use "${name}": ${read.faults.join("; ")}`);
  return read.value;
}
