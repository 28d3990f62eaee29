import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { type Clock, sleep } from "./clock.ts";

const pollIntervalMs = 50;
const chunkBytes = 64 * 1024;

/** Not what a link leads to, and not for long what is no file: whoever writes the followed file may lay either there. */
const reading = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Bytes of a file as it grows, from its beginning; a file that is not there yet is waited for. One that was put aside
 * as `<path>.1` is read to its end, then those that came after it, however many; one that was emptied is begun anew,
 * and what was in it by then is lost. After `ended` is aborted it gives what is left and stops.
 */
export async function* followFile(
  path: string,
  options: { clock: Clock; ended: AbortSignal },
): AsyncGenerator<Uint8Array, void, undefined> {
  /** Open, oldest first: those before the last have been put aside. */
  let files: FollowedFile[] = [];
  try {
    for (;;) {
      const isLast = options.ended.aborted;
      const begun = await openSuccessors(path, files.at(-1));
      files.push(...begun);
      for (const file of files) yield* file.rest();
      for (const file of files.slice(0, -1)) await file.close();
      files = files.slice(-1);
      if (isLast) return;
      // At once after a rotation: the next may remove what has not been read.
      if (begun.length === 0) await sleep(options.clock, pollIntervalMs, { signal: options.ended }).catch(() => {});
    }
  } finally {
    for (const file of files) await file.close();
  }
}

/** An open file and how far it was read. */
class FollowedFile {
  readonly #file: FileHandle;
  readonly #identity: string;
  #position = 0;

  constructor(file: FileHandle, identity: string) {
    this.#file = file;
    this.#identity = identity;
  }

  /** As long as both are open, this tells them apart; afterwards another file may have the number. */
  is(identity: string): boolean {
    return this.#identity === identity;
  }

  /** What was not read yet. */
  async *rest(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const { bytesRead, buffer } = await this.#file.read(new Uint8Array(chunkBytes), 0, chunkBytes, this.#position);
      this.#position += bytesRead;
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else if ((await this.#file.stat()).size < this.#position) this.#position = 0;
      else return;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/**
 * Opens the files that have come after `current`, oldest first; none when it is still the one at the path. Looks from
 * the youngest to the oldest, the way in which a rotation moves them: then none slips past. A rotation under way leaves
 * one number free.
 */
async function openSuccessors(path: string, current: FollowedFile | undefined): Promise<FollowedFile[]> {
  const youngest = await ifThere(stat(path));
  if (!youngest || current?.is(toIdentity(youngest))) return [];
  const found: FollowedFile[] = [];
  for (let age = 0, missing = 0; missing < 2; age++) {
    const place = age === 0 ? path : `${path}.${age}`;
    const file = await ifThere(open(place, reading));
    missing = file ? 0 : missing + 1;
    if (!file) continue;
    const status = await file.stat();
    const identity = toIdentity(status);
    if (current?.is(identity)) {
      await file.close();
      break;
    }
    if (status.isFile() && !found.some((other) => other.is(identity))) found.unshift(new FollowedFile(file, identity));
    else await file.close();
  }
  return found;
}

function toIdentity({ dev, ino }: { dev: number; ino: number }): string {
  return `${dev}:${ino}`;
}

/** What is absent, or a link, is not there. */
async function ifThere<T>(finding: Promise<T>): Promise<T | undefined> {
  try {
    return await finding;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ELOOP") return undefined;
    throw error;
  }
}
