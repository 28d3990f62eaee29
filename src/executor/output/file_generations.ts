import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  unlinkSync,
} from "node:fs";
import { messageOf } from "../../notation/thrown.ts";

/** A file of a directory that is begun anew when it is full, while its predecessors are kept for some time. */
export interface FileGenerations {
  /** Descriptor of the directory: its path may lead elsewhere by now. */
  directory: number;
  /** `stdout` for `stdout`, `stdout.1` and so on, the oldest last. */
  name: string;
  /** Files kept, the current one among them. */
  maxFiles: number;
}

const beginning = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL;

/** Opens a file for appending that must not be there yet, not even as a link. Throws the system's error. */
export function createFile(directory: number, name: string): number {
  return openSync(toPath(directory, name), beginning, 0o666);
}

/**
 * Puts the current file, open as `fd`, aside and gives the descriptor of a new one with the same owner and mode; that
 * is `fd` itself, emptied, when only one file is kept. Throws the system's error, and
 * then `fd` is still the one to write to.
 *
 * Containers write into the sandbox and may lay there what they want, and this process is mostly root: whatever bears
 * one of the names is moved or removed, and never opened. Synchronous, so that no line of the log comes between: these
 * are few calls for each file.
 */
export function beginAnew({ directory, name, maxFiles }: FileGenerations, fd: number): number {
  if (maxFiles === 1) {
    ftruncateSync(fd, 0);
    return fd;
  }
  const path = (suffix: string) => toPath(directory, `${name}${suffix}`);
  const next = toPath(directory, `.${name}.next`);
  const opened = createAlike(next, fd);
  try {
    for (let age = findLast(path, maxFiles - 1); age > 1; age--) move(path(`.${age - 1}`), path(`.${age}`));
    move(path(""), path(".1"));
    renameSync(next, path(""));
  } catch (error) {
    closeSync(opened);
    remove(next);
    throw error;
  }
  return opened;
}

/** Where a name lies in an open directory; links in the directory's own path are not followed again. */
export function toPath(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`;
}

/** What the system says of a failure, with the names that {@link toPath} was given. */
export function toReadable(error: unknown): string {
  return messageOf(error).replace(/\/proc\/self\/fd\/\d+\//g, "");
}

/** Age that the oldest file will have: the first that none has yet, so that a wide limit costs nothing. */
function findLast(path: (suffix: string) => string, most: number): number {
  let age = 1;
  while (age < most && lstatSync(path(`.${age}`), { throwIfNoEntry: false })) age++;
  return age;
}

function createAlike(path: string, fd: number): number {
  const { uid, gid, mode } = fstatSync(fd);
  // Of an executor that was killed in between.
  remove(path);
  const opened = openSync(path, beginning, 0o600);
  try {
    const made = fstatSync(opened);
    if (made.uid !== uid || made.gid !== gid) fchownSync(opened, uid, gid);
    fchmodSync(opened, mode & 0o777);
  } catch (error) {
    closeSync(opened);
    remove(path);
    throw error;
  }
  return opened;
}

/** Renames; what the container has removed is not missed. */
function move(from: string, to: string): void {
  ignoreAbsence(() => renameSync(from, to));
}

function remove(path: string): void {
  ignoreAbsence(() => unlinkSync(path));
}

function ignoreAbsence(step: () => void): void {
  try {
    step();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
