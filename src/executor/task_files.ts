import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { TaskError } from "./task_error.ts";

/** Longest name that Linux gives a file. */
const longestNameBytes = 255;

/** The open files of a task, as descriptors. */
export interface TaskFiles {
  stdout: number;
  stderr: number;
  close: () => Promise<void>;
}

/**
 * Makes `tasks/<task id>/stdout` and `stderr` in the sandbox. The containers of the executor's other tasks write into
 * the same sandbox, and this process is mostly root: what they may have laid there is never followed. Throws
 * {@link TaskError} `launch`.
 */
export async function openTaskFiles(sandbox: string, taskId: string): Promise<TaskFiles> {
  try {
    const folder = join(await realpath(sandbox), "tasks", toFolderName(taskId));
    await mkdir(folder, { recursive: true });
    await using opened = new AsyncDisposableStack();
    const stdout = opened.use(await openNew(join(folder, "stdout")));
    const stderr = opened.use(await openNew(join(folder, "stderr")));
    const files = opened.move();
    return { stdout: stdout.fd, stderr: stderr.fd, close: () => files.disposeAsync() };
  } catch (cause) {
    const { message } = cause as Error;
    throw new TaskError("launch", `Cannot open the output of task "${taskId}" in the sandbox: ${message}`, { cause });
  }
}

/** Opens a file that must not be there yet, not even as a link, and that lies where its path says. */
async function openNew(path: string): Promise<FileHandle> {
  const file = await open(path, "ax");
  // Asked of the open file, so that nobody can put a link into its path between the question and the first byte.
  const place = await readlink(`/proc/self/fd/${file.fd}`);
  if (place === path) return file;
  await file.close();
  throw new Error(`"${path}" leads to "${place}"`);
}

/** One component of a path, readable for ordinary ids; "." and ".." lead nowhere. */
function toFolderName(taskId: string): string {
  const name = encodeURIComponent(taskId).replace(/^\.+$/, (dots) => `%2E${dots.slice(1)}`);
  if (name.length <= longestNameBytes) return name;
  const digest = createHash("sha256").update(taskId).digest("hex").slice(0, 32);
  return `${name.slice(0, longestNameBytes - digest.length - 1)}-${digest}`;
}
