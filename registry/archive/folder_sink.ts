import { mkdir, open, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { removeAbandoned } from "../layout/abandoned_files.ts";
import { replaceFile, syncFolder } from "../layout/durable_file.ts";
import { lockFolder } from "../layout/folder_lock.ts";
import { algorithms } from "../layout/layout_paths.ts";
import { RegistryError } from "../registry_error.ts";
import { folderMembers } from "./folder_members.ts";
import type { MemberSink } from "./member_sink.ts";
import { writeWhole } from "./spool.ts";

/**
 * Writes files of an image layout below a folder, which is made when it is not there, and kept from others of us meanwhile. A file is
 * whole or not there; what writers that were killed have left is removed. When nothing has come into a folder that was made for it, it
 * goes again.
 */
export async function openFolderSink(folder: string): Promise<MemberSink> {
  const made = await makeFolder(folder, folder);
  await using opened = new AsyncDisposableStack();
  if (made !== undefined) opened.defer(() => removeEmpty(folder, made));
  opened.use(await lockFolder(folder));
  for (const inside of ["", ...algorithms.map((algorithm) => join("blobs", algorithm))]) {
    await removeAbandoned(join(folder, inside));
  }
  const held = opened.move();
  return {
    place: folder,
    stat: (name) => folderMembers(folder).stat(name),
    write: (name, _size, body) => writeFile(join(folder, name), body),
    finish: async () => undefined,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Writes a file beside its place, and moves it there when it is whole and on the disk. */
export async function writeFile(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder, path);
  await replaceFile(path, async (temporary) => {
    await writeWhole(temporary, body, { place: path });
    await using handle = await open(temporary, "r+");
    await handle.chmod(0o644);
    await handle.sync();
  });
  await syncFolder(folder, "full");
}

/** Gives the topmost folder that had to be made. */
async function makeFolder(folder: string, place: string): Promise<string | undefined> {
  return await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new RegistryError("DENIED", `Cannot write "${place}": ${cause.message}`, { cause });
  });
}

/** Removes a folder up to the topmost that was made for it, as far as nothing is in there. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  const blobs = join(folder, "blobs");
  const inside = [...algorithms.map((algorithm) => join(blobs, algorithm)), blobs];
  for (const path of inside) await removeIfEmpty(path);
  for (let path = resolve(folder); path.length >= resolve(top).length; path = dirname(path)) {
    if (!(await removeIfEmpty(path))) return;
  }
}

/** Removes a folder that has nothing in it; whether there was one. */
function removeIfEmpty(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}
