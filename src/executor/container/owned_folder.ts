import { lchown, lstat, mkdir, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { isWithin } from "../../runtime/path_tree.ts";
import { TaskError } from "../task/task_error.ts";

/**
 * Makes the directories on the way from the sandbox to `path`, owned as the sandbox is. A task's containers write into the
 * sandbox: a link on the way that leads out of it is not followed. Throws {@link TaskError} `launch`.
 */
export async function makeOwnedFolder(sandbox: string, path: string): Promise<void> {
  try {
    const { uid, gid } = await lstat(sandbox);
    let folder = await realpath(sandbox);
    const root = folder;
    for (const name of relative(sandbox, path).split("/").filter(Boolean)) {
      folder = join(folder, name);
      const made = await mkdir(folder).then(
        () => "made" as const,
        (error: NodeJS.ErrnoException) => (error.code === "EEXIST" ? ("there" as const) : Promise.reject(error)),
      );
      if (made === "made") await lchown(folder, uid, gid);
      else folder = await realpath(folder);
      if (!isWithin(folder, root)) throw new Error(`"${folder}" does not lie in the sandbox`);
    }
  } catch (cause) {
    throw new TaskError("launch", `Cannot make "${path}" in the sandbox: ${(cause as Error).message}`, { cause });
  }
}
