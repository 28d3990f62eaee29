import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { removeAbandoned } from "../../../registry/layout/abandoned_files.ts";
import { orUndefined, writeDurably } from "../../../registry/layout/durable_file.ts";
import { isTemporary } from "../../../registry/layout/temporary_name.ts";
import type { Digest } from "../../../registry/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import { readProcessWorld } from "../../runtime/process_world.ts";
import { tryHostLock } from "./host_lock.ts";
import type { LayerProgress } from "./pull_book.ts";

/** What whoever pulls an image tells those who wait for it, and whoever comes after it if it is killed. */
export interface PullNote {
  /** Names that the daemon may have the image under because of us. */
  readonly names: readonly string[];
  readonly layers: readonly LayerProgress[];
}

/**
 * What one image on its way to one daemon has on disk, in a folder that the processes of this host share:
 *
 * - `<key>/`: bytes that have come, a layout registry
 * - `<key>.lock`: who pulls
 * - `<key>.json`: how far it is
 * - `<key>.waiting/`: a file for each who waits
 */
export class PullPlace {
  readonly #pulls: string;
  readonly #key: string;

  constructor(state: string, daemon: string, digest: Digest) {
    this.#pulls = join(state, "pulls");
    // Of another boot nothing is gone on with: what a crash of the machine has left may be anything.
    const words = `${readProcessWorld().bootId} ${daemon} ${digest}`;
    this.#key = createHash("sha256").update(words).digest("hex").slice(0, 32);
  }

  /** Where bytes are kept. */
  get folder(): string {
    return join(this.#pulls, this.#key);
  }

  /** The folder that all pulls of this host share. */
  get parent(): string {
    return this.#pulls;
  }

  async open(): Promise<void> {
    await mkdir(this.#pulls, { recursive: true, mode: 0o700 });
  }

  /** The right to pull; undefined while another process has it. */
  tryLock(clock: Clock): Promise<AsyncDisposable | undefined> {
    return tryHostLock(`${this.folder}.lock`, clock);
  }

  /** Tells those who wait. */
  async write(note: PullNote): Promise<void> {
    await writeDurably(`${this.folder}.json`, JSON.stringify(note), "none");
  }

  /** What was told last; undefined when nobody has pulled. */
  async read(): Promise<PullNote | undefined> {
    const text = await orUndefined(readFile(`${this.folder}.json`, "utf8"));
    return text === undefined ? undefined : (JSON.parse(text) as PullNote);
  }

  /** Has others know that somebody waits, until disposed of. */
  async openWaiting(): Promise<AsyncDisposable> {
    const folder = `${this.folder}.waiting`;
    const path = join(folder, randomUUID());
    const write = async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(path, "");
      return true;
    };
    // Who has ended in this moment takes the folder away.
    if (!(await orUndefined(write()))) await write();
    return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
  }

  async hasWaiting(): Promise<boolean> {
    return (await namesIn(`${this.folder}.waiting`)).length > 0;
  }

  /** Removes all but the lock, and the files of those who wait. To be done by who has the lock. */
  async clear(): Promise<void> {
    await orUndefined(unlink(`${this.folder}.json`));
    await orUndefined(rmdir(`${this.folder}.waiting`)).catch(ignoreNotEmpty);
    const aside = `${this.folder}.gone-${randomUUID()}`;
    const isMoved = await orUndefined(rename(this.folder, aside).then(() => true));
    if (isMoved) await rm(aside, { recursive: true, force: true });
  }
}

/** Somebody waits still. */
function ignoreNotEmpty(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOTEMPTY") throw error;
}

/** What pulls that failed, or were killed, may leave behind. */
export interface LeftoverLimits {
  readonly bytes: number;
  readonly ageMs: number;
}

/** A day, and what a few large images have. */
export const usualLeftoverLimits: LeftoverLimits = { bytes: 20 * 1024 ** 3, ageMs: 86_400_000 };

/** Removes what pulls have left that nobody went on with, oldest first, until the rest is within its limits. */
export async function sweepPulls(state: string, clock: Clock, limits: LeftoverLimits): Promise<void> {
  const pulls = join(state, "pulls");
  const names = await namesIn(pulls);
  await removeAbandoned(pulls, names);
  const own = names.filter((name) => !name.endsWith(".lock") && !isTemporary(name));
  const found = await Promise.all(own.map((name) => measure(join(pulls, name))));
  const leftovers = found.sort((a, b) => b.changedMs - a.changedMs);
  let kept = 0;
  for (const { path, bytes, changedMs } of leftovers) {
    kept += bytes;
    if (kept <= limits.bytes && clock.now() - changedMs <= limits.ageMs) continue;
    kept -= bytes;
    await removeUnlocked(path, clock);
  }
}

/** What is being pulled stays, however old and large it is. */
async function removeUnlocked(path: string, clock: Clock): Promise<void> {
  const key = path.replace(/^(.*\/[0-9a-f]{32}).*$/, "$1");
  await using lock = await tryHostLock(`${key}.lock`, clock);
  if (lock) await rm(path, { recursive: true, force: true });
}

async function namesIn(folder: string): Promise<string[]> {
  return (await orUndefined(readdir(folder))) ?? [];
}

/** Bytes below a path, and the last change of any file there; zeros for what is gone meanwhile. */
async function measure(path: string): Promise<{ path: string; bytes: number; changedMs: number }> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return { path, bytes: 0, changedMs: 0 };
  if (!found.isDirectory()) return { path, bytes: found.size, changedMs: found.mtimeMs };
  const parts = await Promise.all((await namesIn(path)).map((name) => measure(join(path, name))));
  // A blob has two names in a layout; counted twice it only goes earlier.
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return { path, bytes, changedMs: Math.max(found.mtimeMs, ...parts.map(({ changedMs }) => changedMs)) };
}
