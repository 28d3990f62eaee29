import { readFile } from "node:fs/promises";
import { orUndefined, writeDurably } from "../../../registry/layout/durable_file.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";

/** When something was pulled last, and how often. */
export interface Pulls {
  /** Milliseconds since the epoch. */
  readonly lastMs: number;
  readonly count: number;
}

/** A pull that is remembered. */
export interface Pull extends Pulls {
  readonly repository: string;
  /** A tag or a digest. */
  readonly target: string;
}

/** More is not remembered: what was pulled longest ago is forgotten first. */
const mostTargets = 10_000;

const kind = "mesos-docker pulls";

/** Who was pulled last, as long as anybody may want to know; it outlives the process in a small file. */
export class PullHistory {
  readonly #path: string | undefined;
  readonly #log: Log;
  /** Those that were pulled last come last. */
  readonly #pulls = new Map<string, Pull>();
  #isDirty = false;
  #saving: Promise<void> = Promise.resolve();

  private constructor(path: string | undefined, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  /** Reads what an earlier process left at `path`; a file that cannot be read is warned of, and replaced by and by. */
  static async open(path: string | undefined, log: Log): Promise<PullHistory> {
    const history = new PullHistory(path, log);
    try {
      const text = path === undefined ? undefined : await orUndefined(readFile(path, "utf8"));
      if (text !== undefined) for (const pull of parsePulls(text)) history.#keep(pull);
    } catch (error) {
      log.warn("cannot read when images were pulled", { path, error: String(error) });
    }
    return history;
  }

  note(repository: string, target: string, nowMs: number): void {
    const count = (this.#pulls.get(keyOf(repository, target))?.count ?? 0) + 1;
    this.#keep({ repository, target, lastMs: nowMs, count });
    this.#isDirty = true;
  }

  /** Pulls by tag, and by the digest that it points at. */
  of(repository: string, ...targets: readonly string[]): Pulls | undefined {
    const found = targets.flatMap((target) => this.#pulls.get(keyOf(repository, target)) ?? []);
    return found.length === 0 ? undefined : addUp(found);
  }

  /** Pulls of each of some repositories, whatever was pulled of them. */
  ofRepositories(repositories: readonly string[]): ReadonlyMap<string, Pulls> {
    const found = new Map<string, Pulls>();
    const wanted = new Set(repositories);
    for (const pull of this.#pulls.values()) {
      if (!wanted.has(pull.repository)) continue;
      const known = found.get(pull.repository);
      found.set(pull.repository, addUp(known ? [pull, known] : [pull]));
    }
    return found;
  }

  /** The last pulls, the newest first. */
  *newest(): Generator<Pull> {
    yield* [...this.#pulls.values()].reverse();
  }

  /** Saves now and then; disposing of it saves once more. */
  saveEvery(intervalMs: number, clock: Clock): AsyncDisposable {
    let timer = clock.schedule(intervalMs, again);
    const history = this;
    function again(): void {
      void history.save();
      timer = clock.schedule(intervalMs, again);
    }
    const end = async () => {
      timer.cancel();
      await this.save();
    };
    return { [Symbol.asyncDispose]: end };
  }

  /** Writes what has changed; a disk that does not take it is warned of. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#save());
    return this.#saving;
  }

  async #save(): Promise<void> {
    if (!this.#isDirty || this.#path === undefined) return;
    this.#isDirty = false;
    const toEntry = ({ repository, target, lastMs, count }: Pull) => [repository, target, lastMs, count];
    const pulls = [...this.#pulls.values()].map(toEntry);
    try {
      await writeDurably(this.#path, `${JSON.stringify({ kind, version: 1, pulls })}\n`, "full");
    } catch (error) {
      this.#isDirty = true;
      this.#log.warn("cannot write when images were pulled", { path: this.#path, error: String(error) });
    }
  }

  #keep(pull: Pull): void {
    const key = keyOf(pull.repository, pull.target);
    this.#pulls.delete(key);
    this.#pulls.set(key, pull);
    const [oldest] = this.#pulls.keys();
    if (this.#pulls.size > mostTargets && oldest !== undefined) this.#pulls.delete(oldest);
  }
}

function keyOf(repository: string, target: string): string {
  return `${repository}@${target}`;
}

function addUp(pulls: readonly Pulls[]): Pulls {
  return {
    lastMs: Math.max(...pulls.map(({ lastMs }) => lastMs)),
    count: pulls.reduce((total, { count }) => total + count, 0),
  };
}

function parsePulls(text: string): Pull[] {
  const document = JSON.parse(text) as { kind?: unknown; version?: unknown; pulls?: unknown } | null;
  if (document?.kind !== kind || document.version !== 1 || !Array.isArray(document.pulls)) {
    throw new SyntaxError("found another format");
  }
  return document.pulls.slice(-mostTargets).map((entry: unknown): Pull => {
    const [repository, target, lastMs, count] = Array.isArray(entry) ? entry : [];
    const isText = typeof repository === "string" && typeof target === "string";
    if (!isText || !Number.isSafeInteger(lastMs) || !Number.isSafeInteger(count)) {
      throw new SyntaxError("found an entry that is no pull");
    }
    return { repository, target, lastMs, count };
  });
}
