import { constants } from "node:fs";
import { access, lstat, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { messageOf } from "../../notation/thrown.ts";
import { makeSharedFolder } from "../state/shared_folder.ts";
import { readStateFolder } from "../state/state_place.ts";

/**
 * Where state is looked for, first to last, by the caller's variables. Never a sandbox: a container could put there what is followed out
 * of it. Throws SyntaxError as `readStateFolder()` does.
 */
export function listStateFolders(variables: Readonly<Record<string, string | undefined>>): readonly string[] {
  return [readStateFolder(variables), join(tmpdir(), `mesos-docker-${process.getuid?.() ?? 0}`)];
}

/** The first of `folders` that can be had: it is made when it is not there. Throws when none can. */
export async function openStateFolder(folders: readonly string[]): Promise<string> {
  const faults: string[] = [];
  for (const folder of folders) {
    try {
      await makeSharedFolder(folder);
      await assertOwn(folder);
      return folder;
    } catch (error) {
      faults.push(messageOf(error));
    }
  }
  throw new Error(`Cannot find a folder for images on their way: ${faults.join("; ")}`);
}

/** Others may have made a folder of that name in a place where everybody can, to read along or to put theirs in. */
async function assertOwn(folder: string): Promise<void> {
  const [link, found] = [await lstat(folder), await stat(folder)];
  const own = process.getuid?.();
  // An operator may have put it on another disk by a link; one of a stranger's would lead where the stranger wants.
  const isLedTo = link.uid === own || link.uid === 0;
  const isOurs = isLedTo && found.isDirectory() && found.uid === own && (found.mode & 0o022) === 0;
  if (!isOurs) throw new Error(`"${folder}" is not a folder that only we may write to`);
  await access(folder, constants.W_OK);
}
