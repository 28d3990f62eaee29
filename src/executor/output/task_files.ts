import { createHash } from "node:crypto";
import { closeSync, constants, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { TaskError } from "../task/task_error.ts";
import { createFile, toPath, toReadable } from "./file_generations.ts";

/** Longest name that Linux gives a file. */
const longestNameBytes = 255;

/** The open files of a task, as descriptors, and their directory. */
export interface TaskFiles {
  directory: number;
  stdout: number;
  stderr: number;
}

/**
 * Makes `tasks/<task id>/stdout` and `stderr` in the sandbox. The containers of the executor's other tasks write into
 * the same sandbox, and this process is mostly root: what they may have laid there is never followed. Throws
 * {@link TaskError} `launch`.
 */
export function openTaskFiles(sandbox: string, taskId: string): TaskFiles {
  const opened: number[] = [];
  const keep = (fd: number) => {
    opened.push(fd);
    return fd;
  };
  try {
    const root = keep(openDirectory(sandbox));
    const tasks = keep(makeDirectory(root, "tasks"));
    const directory = keep(makeDirectory(tasks, toFolderName(taskId)));
    const files = { directory, stdout: keep(createFile(directory, "stdout")), stderr: createFile(directory, "stderr") };
    closeSync(root);
    closeSync(tasks);
    return files;
  } catch (cause) {
    for (const fd of opened) closeSync(fd);
    const found = toReadable(cause);
    throw new TaskError("launch", `Cannot open the output of task "${taskId}" in the sandbox: ${found}`, { cause });
  }
}

/** Opens the sandbox' own directory, which may be reached through links; throws the system's error. */
export function openDirectory(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
}

/** A directory in an open one, whoever has made it, but no link to one. */
function makeDirectory(parent: number, name: string): number {
  const path = toPath(parent, name);
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

/** Where the files of a task lie. */
export function taskFolder(sandbox: string, taskId: string): string {
  return join(sandbox, "tasks", toFolderName(taskId));
}

/** One component of a path, readable for ordinary ids; "." and ".." lead nowhere. */
function toFolderName(taskId: string): string {
  const name = encodeURIComponent(taskId).replace(/^\.+$/, (dots) => `%2E${dots.slice(1)}`);
  if (name.length <= longestNameBytes) return name;
  const digest = createHash("sha256").update(taskId).digest("hex").slice(0, 32);
  return `${name.slice(0, longestNameBytes - digest.length - 1)}-${digest}`;
}
