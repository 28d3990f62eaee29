import { lstat, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import process from "node:process";
import { openSpool, type Spool, type SpoolOptions } from "../../../registry/mod.ts";
import type { Log } from "../../runtime/log.ts";
import { findAbandonedFolders, folderMark } from "../../runtime/marked_folders.ts";

const purpose = "spool";

/**
 * Opens a spool in TMPDIR. What processes of this user that were killed have left there is removed before: it may be as large as
 * an image.
 */
export async function openTemporarySpool(log: Log, options: Omit<SpoolOptions, "mark">): Promise<Spool> {
  const parent = tmpdir();
  try {
    await sweep(parent);
  } catch (error) {
    // A command that needs no temporary file goes on without a folder for them.
    log.info("what is left of temporary files stays", { folder: parent, error: String(error) });
  }
  return openSpool(parent, { ...options, mark: folderMark(purpose) });
}

async function sweep(parent: string): Promise<void> {
  for (const path of await findAbandonedFolders(parent, purpose)) {
    if (await isOwn(path)) await rm(path, { recursive: true, force: true });
  }
}

/** Anybody can make a folder of such a name where everybody may write. One that is gone meanwhile is nobody's. */
async function isOwn(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}
