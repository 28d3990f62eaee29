import type { RepositorySizes, Usage } from "../../../registry/mod.ts";

/** The store that is looked into. */
export interface InventoriedStore {
  readonly usage: Usage;
  listRepositories(): AsyncIterable<string>;
  measureImages(repository: string): Promise<RepositorySizes>;
}

/** What a repository takes, without its tags. */
export interface SizeSummary {
  readonly tags: number;
  readonly bytes: number;
  readonly ownBytes: number;
}

/** Part of a list of names. */
export interface NamePage {
  readonly names: readonly string[];
  /** The last of them when there are more. */
  readonly next: string | undefined;
}

interface Remembered {
  readonly summary: Promise<SizeSummary>;
  readonly atMs: number;
  readonly changes: number;
  readonly allChanges: number;
}

/** What others share changes with every push to them; that may be seen so much later. */
const sharedAgeMs = 30_000;
/** Nothing is believed for longer: other programs may write into a layout. */
const longestAgeMs = 300_000;
/** Summaries that are kept; a page has far fewer rows. */
const mostRemembered = 1000;

/** What a store holds, as pages show it. Sizes of a repository are added up again when it has changed. */
export class Inventory {
  readonly #store: InventoriedStore;
  readonly #isVisible: (repository: string) => boolean;
  readonly #now: () => number;
  readonly #remembered = new Map<string, Remembered>();

  constructor(store: InventoriedStore, isVisible: (repository: string) => boolean, now: () => number) {
    this.#store = store;
    this.#isVisible = isVisible;
    this.#now = now;
  }

  /** How many repositories are shown at all. */
  async count(): Promise<number> {
    let count = 0;
    for await (const name of this.#store.listRepositories()) if (this.#isVisible(name)) count++;
    return count;
  }

  /** Names that hold `search`, at most `most`, from behind `after` on. */
  async list({ search, after = "", most }: { search: string; after?: string; most: number }): Promise<NamePage> {
    const names: string[] = [];
    for await (const name of this.#store.listRepositories()) {
      if (name <= after || !name.includes(search) || !this.#isVisible(name)) continue;
      if (names.length === most) return { names, next: names.at(-1) };
      names.push(name);
    }
    return { names, next: undefined };
  }

  /** Sizes of a repository and its tags; undefined when it is not there, or not shown. */
  async measure(repository: string): Promise<RepositorySizes | undefined> {
    if (!this.#isVisible(repository)) return undefined;
    for await (const name of this.#store.listRepositories()) {
      if (name === repository) return await this.#store.measureImages(repository);
    }
    return undefined;
  }

  /** What a repository takes; perhaps as it was a moment ago, as far as others share its blobs. */
  summarize(repository: string): Promise<SizeSummary> {
    const known = this.#remembered.get(repository);
    if (known && this.#isCurrent(repository, known)) return known.summary;
    const { usage } = this.#store;
    const versions = { changes: usage.changes(repository), allChanges: usage.changes() };
    const summary = this.#store
      .measureImages(repository)
      .then(({ tags, bytes, ownBytes }) => ({ tags: tags.length, bytes, ownBytes }));
    this.#remembered.delete(repository);
    this.#remembered.set(repository, { summary, atMs: this.#now(), ...versions });
    summary.catch(() => this.#remembered.delete(repository));
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > mostRemembered && oldest !== undefined) this.#remembered.delete(oldest);
    return summary;
  }

  #isCurrent(repository: string, { atMs, changes, allChanges }: Remembered): boolean {
    const { usage } = this.#store;
    const ageMs = this.#now() - atMs;
    if (usage.changes(repository) !== changes || ageMs > longestAgeMs) return false;
    return usage.changes() === allChanges || ageMs <= sharedAgeMs;
  }
}
