import { createHash } from "node:crypto";
import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeAbandoned } from "../../../registry/layout/abandoned_files.ts";
import { type Durability, orUndefined, writeDurably } from "../../../registry/layout/durable_file.ts";
import { messageOf } from "../../notation/thrown.ts";
import { makeSharedFolder, readableByAll } from "./shared_folder.ts";
import { StateError } from "./state_error.ts";

/** Most that a record has, in bytes. */
const largestRecord = 64 * 1024;

/** Most records of a folder: more than a host has images, by far. */
const mostRecords = 50_000;

/** Options of {@link RecordFolder}. */
export interface RecordFolderOptions<T> {
  /** Reads the value of a record; throws SyntaxError. */
  read: (value: unknown) => T;
  /** `full` outlives a loss of power. */
  durability: Durability;
  /** Permissions of the folder; 0o755 unless given. */
  mode?: number;
}

/**
 * Small records, a file each, so that processes of one host can add and take away theirs without a lock. A record is
 * whole or not there. All calls throw {@link StateError}.
 */
export class RecordFolder<T> {
  readonly path: string;
  readonly #options: RecordFolderOptions<T>;

  constructor(path: string, options: RecordFolderOptions<T>) {
    this.path = path;
    this.#options = options;
  }

  /** Writes a record under its key, over one that is there. */
  async put(key: string, record: T): Promise<void> {
    try {
      await this.#open();
      await writeDurably(this.#pathOf(key), `${JSON.stringify(record)}\n`, this.#options.durability, {
        mode: 0o644,
      });
    } catch (cause) {
      throw new StateError(`Cannot write "${this.#pathOf(key)}": ${messageOf(cause)}`, { cause });
    }
  }

  /** Takes a record away; false when there is none. */
  async remove(key: string): Promise<boolean> {
    try {
      return (await orUndefined(rm(this.#pathOf(key)).then(() => true))) ?? false;
    } catch (cause) {
      throw new StateError(`Cannot remove "${this.#pathOf(key)}": ${messageOf(cause)}`, { cause });
    }
  }

  /** The record of a key; undefined when there is none. */
  async get(key: string): Promise<T | undefined> {
    const path = this.#pathOf(key);
    const text = await this.#read(path);
    return text === undefined || this.#isLost(text) ? undefined : this.#parse(path, text);
  }

  /** All records, in no order. */
  async list(): Promise<T[]> {
    const names = (await this.#names()).filter((name) => name.endsWith(".json"));
    if (names.length > mostRecords) {
      throw new StateError(`Cannot read "${this.path}": it has more than ${mostRecords} records`);
    }
    const records: T[] = [];
    for (const name of names) {
      const text = await this.#read(join(this.path, name));
      // One that was taken away since the folder was read is no record any more.
      if (text === undefined || this.#isLost(text)) continue;
      records.push(this.#parse(join(this.path, name), text));
    }
    return records;
  }

  async #names(): Promise<string[]> {
    try {
      const names = (await orUndefined(readdir(this.path))) ?? [];
      await removeAbandoned(this.path, names);
      return names.sort();
    } catch (cause) {
      throw new StateError(`Cannot read "${this.path}": ${messageOf(cause)}`, { cause });
    }
  }

  async #read(path: string): Promise<string | undefined> {
    try {
      return await orUndefined(readWhole(path, largestRecord));
    } catch (cause) {
      throw new StateError(`Cannot read "${path}": ${messageOf(cause)}`, { cause });
    }
  }

  /** Whether a loss of power has left nothing but a name, as it may of what nobody has waited for. */
  #isLost(text: string): boolean {
    return this.#options.durability === "none" && text.replaceAll("\0", "") === "";
  }

  #parse(path: string, text: string): T {
    try {
      return this.#options.read(JSON.parse(text));
    } catch (cause) {
      throw new StateError(`Cannot use "${path}": ${messageOf(cause)}; remove the file when it is of no use`, {
        cause,
      });
    }
  }

  async #open(): Promise<void> {
    const { mode = readableByAll } = this.#options;
    await makeSharedFolder(this.path);
    if (mode === readableByAll) return;
    await using folder = await open(this.path, "r");
    if (((await folder.stat()).mode & 0o7777) !== mode) await folder.chmod(mode);
  }

  #pathOf(key: string): string {
    return join(this.path, `${createHash("sha256").update(key).digest("hex").slice(0, 40)}.json`);
  }
}

/** The text of a file that is not too large. */
export async function readWhole(path: string, largestBytes: number): Promise<string> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  if (size > largestBytes) throw new SyntaxError(`it has ${size} bytes, expected at most ${largestBytes}`);
  return await file.readFile("utf8");
}
