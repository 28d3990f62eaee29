import { constants } from "node:fs";
import { type FileHandle, open, readlink, realpath } from "node:fs/promises";
import { isWithin } from "../../runtime/path_tree.ts";
import { CredentialsError } from "./credentials_error.ts";

/** Bytes that a file with credentials may have. */
export const longestConfigBytes = 1024 * 1024;

/** Options of {@link readConfigFile}. */
export interface ConfigFileOptions {
  /** Names the file in messages. */
  readonly name: string;
  /** Folder that no link may lead out of. */
  readonly within?: string;
}

/** A file's text and where it really lies. */
export interface ConfigFile {
  readonly text: string;
  readonly place: string;
}

/**
 * Reads a small file, undefined when it is not there. This process is mostly root, and containers write into the
 * sandbox: a pipe or device is not waited for, and a link out of the folder is not followed. Throws
 * {@link CredentialsError} `unreadable`.
 */
export async function readConfigFile(path: string, options: ConfigFileOptions): Promise<ConfigFile | undefined> {
  const { name, within } = options;
  try {
    const place = await realpath(path);
    if (within !== undefined && !isWithin(place, await realpath(within))) {
      throw unreadable(name, "it is a link out of the sandbox");
    }
    await using file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    // Asked of the open file, so that nobody can put a link into its path in between.
    if ((await readlink(`/proc/self/fd/${file.fd}`)) !== place) throw unreadable(name, "it moved while it was opened");
    return { text: await readText(file, name), place };
  } catch (error) {
    if (error instanceof CredentialsError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(name, message);
  }
}

async function readText(file: FileHandle, name: string): Promise<string> {
  if (!(await file.stat()).isFile()) throw unreadable(name, "it is not a regular file");
  const bytes = new Uint8Array(longestConfigBytes + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  if (length > longestConfigBytes) throw unreadable(name, `it has more than ${longestConfigBytes} bytes`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length));
  } catch {
    throw new CredentialsError("invalid", `Cannot use "${name}": it is not UTF-8`);
  }
}

function unreadable(name: string, found: string): CredentialsError {
  return new CredentialsError("unreadable", `Cannot read "${name}": ${found}`);
}
