import type { Dirent } from "node:fs";
import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";

/** Bytes that a block of stat(2) stands for. */
const blockBytes = 512;

/**
 * Bytes that a directory and all below it take on its own file system; links are not followed, and `except` names
 * directories that are not entered. What disappears meanwhile counts as nothing.
 */
export async function measureFolder(folder: string, options: { except: ReadonlySet<string> }): Promise<number> {
  const top = await lstatIfThere(folder);
  return top ? await measure(folder, { device: top.dev, except: options.except, linked: new Set() }) : 0;
}

/** What one look shares. `linked` are the numbers of files with several names that were counted already, as du(1) counts. */
interface Look {
  device: number;
  except: ReadonlySet<string>;
  linked: Set<number>;
}

async function measure(folder: string, look: Look): Promise<number> {
  const { device, except, linked } = look;
  let bytes = 0;
  for await (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (except.has(path)) continue;
    const found = await lstatIfThere(path);
    if (!found || found.dev !== device) continue;
    if (!found.isDirectory() && found.nlink > 1) {
      if (linked.has(found.ino)) continue;
      linked.add(found.ino);
    }
    bytes += found.blocks * blockBytes;
    if (found.isDirectory()) bytes += await measure(path, look);
  }
  return bytes;
}

async function* entriesOf(folder: string): AsyncGenerator<Dirent, void, undefined> {
  try {
    yield* await opendir(folder);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

async function lstatIfThere(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "");
}
