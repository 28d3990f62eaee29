import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { removeAbandoned } from "../../../registry/layout/abandoned_files.ts";
import { orUndefined, writeDurably } from "../../../registry/layout/durable_file.ts";
import type { Digest, KeptSession, UploadSessions } from "../../../registry/mod.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { tryHostLock } from "../ensure/host_lock.ts";
import { openStateFolder } from "../ensure/state_folder.ts";

/** As long as most registries keep sessions that nobody writes to. */
const longestMs = 86_400_000;

const noteSchema = v.object({ blob: v.string(), session: v.string(), begunMs: v.number() });

/** Only we may read what a session's place may be as good as. */
const secretFile = { mode: 0o600 };

/**
 * Which sessions of registries have the beginnings of large blobs, for processes of this host that come after one that was killed: in
 * `uploads` of the state folder, `<key>.json` for each and `<key>.lock` while somebody is at it.
 */
export class UploadBook {
  readonly #states: readonly string[];
  readonly #log: Log;
  readonly #clock: Clock;
  #folder: Promise<string | undefined> | undefined;

  /** `states` are folders for state, of which the first that can be had is taken when there is something to remember. */
  constructor(states: readonly string[], log: Log, clock: Clock = systemClock) {
    this.#states = states;
    this.#log = log;
    this.#clock = clock;
  }

  /** Sessions of one registry, which are asked for nowhere else. */
  at(host: string): UploadSessions {
    return { open: (repository, digest) => this.#open(`${host}/${repository}@${digest}`) };
  }

  async #open(blob: `${string}@${Digest}`): Promise<KeptSession | undefined> {
    this.#folder ??= this.#openFolder();
    const folder = await this.#folder;
    if (folder === undefined) return undefined;
    const path = join(folder, createHash("sha256").update(blob).digest("hex").slice(0, 32));
    const lock = await this.#try(blob, tryHostLock(`${path}.lock`, this.#clock));
    if (lock === undefined) return undefined;
    const found = await this.#try(blob, this.#read(`${path}.json`, blob));
    return {
      found,
      note: async (session) => {
        const text = `${JSON.stringify({ blob, session, begunMs: this.#clock.now() })}\n`;
        await this.#try(blob, writeDurably(`${path}.json`, text, "none", secretFile));
      },
      forget: async () => void (await this.#try(blob, rm(`${path}.json`, { force: true }))),
      [Symbol.asyncDispose]: async () => void (await this.#try(blob, lock[Symbol.asyncDispose]())),
    };
  }

  async #read(path: string, blob: string): Promise<string | undefined> {
    const text = await orUndefined(readFile(path, "utf8"));
    if (text === undefined) return undefined;
    const note = parseNote(path, text);
    return note.blob === blob && this.#clock.now() - note.begunMs <= longestMs ? note.session : undefined;
  }

  /** Made, and rid of what nobody will ask for any more. */
  async #openFolder(): Promise<string | undefined> {
    try {
      const folder = join(await openStateFolder(this.#states), "uploads");
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await removeAbandoned(folder);
      for (const name of await readdir(folder)) await this.#removeOld(join(folder, name));
      return folder;
    } catch (error) {
      this.#log.info("uploads that break off with this process will begin anew", { error: String(error) });
      return undefined;
    }
  }

  /** Whoever has a lock says every few seconds that it is there. */
  async #removeOld(path: string): Promise<void> {
    const [, place] = /^(.*)\.(?:json|lock)$/.exec(path) ?? [];
    const found = await orUndefined(stat(path));
    if (place === undefined || found === undefined || this.#clock.now() - found.mtimeMs <= longestMs) return;
    await using lock = await tryHostLock(`${place}.lock`, this.#clock);
    if (lock !== undefined) await rm(`${place}.json`, { force: true });
  }

  /** What a call gives; without it, an upload that breaks off with this process begins anew, and nothing worse. */
  async #try<T>(blob: string, call: PromiseLike<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      this.#log.info("cannot remember an upload", { blob, error: String(error) });
      return undefined;
    }
  }
}

function parseNote(path: string, text: string): v.InferOutput<typeof noteSchema> {
  try {
    return v.parse(noteSchema, JSON.parse(text));
  } catch {
    // Both would quote what they found, which is the secret.
    throw new SyntaxError(`Cannot read "${path}": found no note of an upload`);
  }
}
