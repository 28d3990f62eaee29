import type { Slots } from "../slots.ts";
import type { Digest } from "../values/digest.ts";

/**
 * What copies to one registry share: content that two of them need is looked for and sent once, and what one
 * repository has got is known to the others, which can mount it.
 */
export class SharedCopies {
  /** Limit of transfers, which registries may share. */
  readonly slots: Slots;
  readonly #works = new Map<string, Promise<void>>();
  readonly #homes = new Map<Digest, string>();

  constructor(slots: Slots) {
    this.slots = slots;
  }

  /** Brings content into a repository, unless somebody has, or is about to: then it waits for that. A failure is forgotten. */
  once(repository: string, digest: Digest, work: () => Promise<void>): Promise<void> {
    const key = `${repository} ${digest}`;
    const known = this.#works.get(key);
    if (known !== undefined) return known;
    const begun = work();
    this.#works.set(key, begun);
    begun.then(
      () => this.#homes.set(digest, repository),
      () => this.#works.delete(key),
    );
    return begun;
  }

  /** A repository that has the blob. */
  findHome(digest: Digest): string | undefined {
    return this.#homes.get(digest);
  }
}
