import type { Stats } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { orUndefined } from "./durable_file.ts";
import { findWriter, isLeftOver } from "./temporary_name.ts";

/** Who cannot be seen from here and has written nothing for that long is gone. */
const longestSilenceMs = 86_400_000;

/**
 * Removes what processes that are gone have left half written in a folder where others may be writing, among `names` if given.
 * Nothing happens when there is no such folder; rejects with the system's error.
 */
export async function removeAbandoned(folder: string, names?: readonly string[]): Promise<void> {
  for (const name of names ?? (await orUndefined(readdir(folder))) ?? []) {
    if (!isLeftOver(name)) continue;
    const path = join(folder, name);
    const found = await orUndefined(lstat(path));
    if (found && isOurs(found) && isAbandoned(name, found)) await rm(path, { force: true });
  }
}

/** Where everybody may write, a stranger's file is the stranger's business, and root's. */
function isOurs(found: Stats): boolean {
  const uid = process.getuid?.();
  return found.isFile() && (uid === 0 || found.uid === uid);
}

function isAbandoned(name: string, { mtimeMs }: Stats): boolean {
  const writer = findWriter(name);
  return writer === "gone" || (writer === "unknown" && Date.now() - mtimeMs > longestSilenceMs);
}
