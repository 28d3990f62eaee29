import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeAbandoned } from "../../../registry/layout/abandoned_files.ts";
import { isTemporary } from "../../../registry/layout/temporary_name.ts";
import type { Clock } from "../../runtime/clock.ts";
import { tryHostLock } from "../ensure/host_lock.ts";
import { openStateFolder } from "../ensure/state_folder.ts";

/** A folder for what is unpacked, gone when it is disposed of. */
export interface UnpackingPlace extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes a folder in the first of `folders` that can be had. What processes that were killed have left in such folders is removed
 * before: it may be as large as an image, and nobody goes on with it. Throws when no folder can be had.
 */
export async function openUnpackingPlace(folders: readonly string[], clock: Clock): Promise<UnpackingPlace> {
  const parent = join(await openStateFolder(folders), "unpacking");
  await mkdir(parent, { recursive: true, mode: 0o700 });
  await sweep(parent, clock);
  const path = join(parent, randomUUID());
  await using opened = new AsyncDisposableStack();
  // Before the folder is there, so that it is nobody's at no moment.
  const lock = await tryHostLock(`${path}.lock`, clock);
  if (lock) opened.use(lock);
  opened.defer(() => rm(path, { recursive: true, force: true }));
  await mkdir(path, { mode: 0o700 });
  const kept = opened.move();
  return { path, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Removes the folders of processes that are no more, and what they had written of locks. */
async function sweep(parent: string, clock: Clock): Promise<void> {
  const found = await readdir(parent);
  await removeAbandoned(parent, found);
  const names = found.filter((name) => !isTemporary(name)).map((name) => name.replace(/\.lock$/, ""));
  for (const name of new Set(names)) {
    const path = join(parent, name);
    await using lock = await tryHostLock(`${path}.lock`, clock);
    if (lock) await rm(path, { recursive: true, force: true });
  }
}
