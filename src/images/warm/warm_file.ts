import { stat } from "node:fs/promises";
import { messageOf } from "../../notation/thrown.ts";
import type { Log } from "../../runtime/log.ts";
import { readWhole } from "../state/record_folder.ts";
import { parseWarmFile, WarmFileError, type WarmSet, type WarmSetSource } from "./warm_set.ts";

/** More than any set needs. */
const maxBytes = 4 * 1024 * 1024;

/**
 * The file of a set, read again when it has changed. While a changed file is broken, or gone, what it said before goes on to
 * hold, and the log tells so once for each state of the file.
 */
export class WarmFile implements WarmSetSource {
  readonly #path: string;
  readonly #log: Log;
  #version: string;
  #set: WarmSet;

  private constructor(path: string, log: Log, version: string, set: WarmSet) {
    this.#path = path;
    this.#log = log;
    this.#version = version;
    this.#set = set;
  }

  /** Throws {@link WarmFileError}. */
  static async open(path: string, log: Log): Promise<WarmFile> {
    const version = await versionOf(path);
    return new WarmFile(path, log, version, await read(path));
  }

  /** What holds. */
  get set(): WarmSet {
    return this.#set;
  }

  /** Looks at the file; whether another set holds now. */
  async look(): Promise<boolean> {
    const version = await versionOf(this.#path);
    if (version === this.#version) return false;
    this.#version = version;
    try {
      this.#set = await read(this.#path);
      return true;
    } catch (error) {
      if (!(error instanceof WarmFileError)) throw error;
      this.#log.error(`${error.message}; what it said before goes on to hold`);
      return false;
    }
  }
}

async function read(path: string): Promise<WarmSet> {
  let text: string;
  try {
    text = await readWhole(path, maxBytes);
  } catch (cause) {
    throw new WarmFileError(`Cannot use "${path}": ${messageOf(cause)}`, { cause });
  }
  return parseWarmFile(text, path);
}

async function versionOf(path: string): Promise<string> {
  return await stat(path).then(
    ({ ino, mtimeMs, ctimeMs, size }) => `${ino} ${mtimeMs} ${ctimeMs} ${size}`,
    (error: NodeJS.ErrnoException) => `unreadable: ${error.code}`,
  );
}
