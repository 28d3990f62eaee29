import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { isWithin } from "../../runtime/path_tree.ts";
import { TaskError } from "../task/task_error.ts";

/** Far more than any file of variables or labels, or any seccomp profile, has. */
const largestBytes = 2 ** 20;

/**
 * Text of a file that a task names, which must lie in its sandbox when all links are followed: this process is mostly
 * root, and may read what the task may not. Throws {@link TaskError} `invalid`.
 */
export function readSandboxFile(sandbox: string, path: string): string {
  return readWithin(resolve(sandbox, path), sandbox, `file "${path}"`, "the sandbox");
}

/** A seccomp profile in the operator's folder; throws {@link TaskError} `unsupported` where there is no such folder. */
export function readSeccompProfile(folder: string | undefined, name: string): string {
  const field = "container.linux_info.seccomp.profile_name";
  if (folder === undefined) {
    const found = "the operator's policy names no folder of profiles (seccomp_profiles)";
    throw new TaskError("unsupported", `Cannot honour ${field} "${name}": ${found}`);
  }
  const text = readWithin(join(folder, name), folder, `seccomp profile "${name}"`, folder);
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (cause) {
    throw new TaskError("invalid", `Cannot use seccomp profile "${name}": it is not JSON`, { cause });
  }
}

/** An archive of images in the sandbox, open to be read. */
export interface OpenArchiveFile extends Disposable {
  /** Leads to the file that was looked at, whatever lies under its name meanwhile. */
  readonly path: string;
}

/** Opens an archive that a task names, under the rule of {@link readSandboxFile}. Throws {@link TaskError} `image`. */
export function openSandboxArchive(sandbox: string, path: string): OpenArchiveFile {
  const cannot = (found: string, cause?: unknown) =>
    new TaskError("image", `Cannot read image archive "${path}": ${found}`, { cause });
  let fd: number;
  try {
    fd = openWithin(join(sandbox, path), sandbox, "the sandbox", cannot);
  } catch (cause) {
    if (cause instanceof TaskError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw cannot(code === "ENOENT" ? "the sandbox has no such file; is it one of the URIs?" : message, cause);
  }
  return { path: `/proc/self/fd/${fd}`, [Symbol.dispose]: () => closeSync(fd) };
}

function readWithin(path: string, folder: string, subject: string, place: string): string {
  const cannot = (found: string, cause?: unknown) =>
    new TaskError("invalid", `Cannot read ${subject}: ${found}`, { cause });
  let fd: number | undefined;
  try {
    fd = openWithin(path, folder, place, cannot);
    if (fstatSync(fd).size > largestBytes) throw cannot(`it has more than ${largestBytes} bytes`);
    return readFileSync(fd, "utf8");
  } catch (cause) {
    if (cause instanceof TaskError) throw cause;
    throw cannot((cause as Error).message, cause);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Opens a regular file that lies in a folder; `cannot` makes the errors of one that does not. */
function openWithin(path: string, folder: string, place: string, cannot: (found: string) => TaskError): number {
  // Looked at once it is open: a container of the same sandbox could lay a link there between the look and the read.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if (!isWithin(readlinkSync(`/proc/self/fd/${fd}`), realpathSync(folder)))
      throw cannot(`it does not lie in ${place}`);
    if (!fstatSync(fd).isFile()) throw cannot("it is no file");
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
