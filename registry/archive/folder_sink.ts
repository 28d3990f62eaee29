import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
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
 * whole or not there; what writers that were killed have left is removed.
 */
export async function openFolderSink(folder: string): Promise<MemberSink> {
  await makeFolder(folder, folder);
  await using opened = new AsyncDisposableStack();
  opened.use(await lockFolder(folder));
  for (const inside of ["", ...algorithms.map((algorithm) => join("blobs", algorithm))]) {
    await removeAbandoned(join(folder, inside));
  }
  const lock = opened.move();
  return {
    place: folder,
    stat: (name) => folderMembers(folder).stat(name),
    write: (name, _size, body) => writeFile(join(folder, name), body),
    finish: async () => undefined,
    [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose](),
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

async function makeFolder(folder: string, place: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw new RegistryError("DENIED", `Cannot write "${place}": ${cause.message}`, { cause });
  });
}
