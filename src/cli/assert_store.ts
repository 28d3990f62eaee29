import { access } from "node:fs/promises";
import { join } from "node:path";

/** Opening would make a store of a folder that was misspelt. Throws for one that is none, which cannot be what `verb` says. */
export async function assertStore(folder: string, verb: string): Promise<void> {
  await access(join(folder, "repositories")).catch((cause: Error) => {
    throw new Error(`Cannot ${verb} "${folder}": it is no store of images (${cause.message})`, { cause });
  });
}
