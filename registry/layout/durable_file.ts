import { copyFile, link, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { temporaryPath } from "./temporary_name.ts";

/** How much is waited for: `full` survives a loss of power, `none` only the end of the process. */
export type Durability = "full" | "none";

/** Makes the entries of a folder durable: without it, a renamed file may be gone after a loss of power. */
export async function syncFolder(folder: string, durability: Durability): Promise<void> {
  if (durability === "none") return;
  await using handle = await open(folder, "r");
  await handle.sync();
}

/**
 * Writes a file that is either whole or not there: temporary file in the same folder, sync, rename, sync of the folder.
 * Permissions that are given hold whatever the umask.
 */
export async function writeDurably(
  path: string,
  bytes: Uint8Array | string,
  durability: Durability,
  { mode }: { mode?: number } = {},
): Promise<void> {
  await replaceFile(path, async (temporary) => {
    await using handle = await open(temporary, "wx", mode ?? 0o644);
    await handle.writeFile(bytes);
    if (mode !== undefined) await handle.chmod(mode);
    if (durability === "full") await handle.sync();
  });
  await syncFolder(dirname(path), durability);
}

/** Has a new file made beside its place, and moves it there when it is whole. */
export async function replaceFile(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryPath(dirname(path));
  try {
    await make(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Gives a file a second name. Where the file system has no hard links, or no more for this file, it is copied, and the
 * copy is renamed. False when there is no `from`; a `to` that is there already is right by its name.
 */
export async function linkFile(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    switch (codeOf(error)) {
      case "EEXIST":
        return true;
      case "ENOENT":
        return await linkIntoNewFolder(from, to);
      case "EMLINK":
      case "EPERM":
      case "ENOTSUP":
      case "EXDEV":
        await replaceFile(to, (temporary) => copyFile(from, temporary));
        return true;
      default:
        throw error;
    }
  }
}

async function linkIntoNewFolder(from: string, to: string): Promise<boolean> {
  if ((await sizeOf(from)) === undefined) return false;
  if ((await mkdir(dirname(to), { recursive: true })) === undefined) return await linkAgain(from, to);
  return await linkFile(from, to);
}

/** The folder is there, so it was the file that was missing a moment ago. */
async function linkAgain(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return true;
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Size of a file in bytes; undefined when there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return await orUndefined(stat(path).then((found) => (found.isFile() ? found.size : undefined)));
}

/** What work gives; undefined when a file or folder is not there. */
export async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
