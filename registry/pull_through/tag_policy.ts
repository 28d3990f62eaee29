/**
 * What a tag that is in the store is worth.
 *
 * - `fresh`: asked for upstream each time, by HEAD
 * - `cached`: taken from the store for that long after it was asked for
 * - `pinned`: never asked for again
 */
export type TagPolicy =
  | { readonly kind: "fresh" }
  | { readonly kind: "cached"; readonly maximumAgeMs: number }
  | { readonly kind: "pinned" };

/** When tags were last seen upstream; of earlier processes nothing is known, so their tags are asked for again. */
export class TagAges {
  readonly #seen = new Map<string, number>();

  saw(repository: string, tag: string, now: number): void {
    this.#seen.set(`${repository}:${tag}`, now);
  }

  /** Whether a stored tag may be given without a question. */
  isCurrent(repository: string, tag: string, policy: TagPolicy, now: number): boolean {
    if (policy.kind === "pinned") return true;
    const seen = this.#seen.get(`${repository}:${tag}`);
    return policy.kind === "cached" && seen !== undefined && now - seen <= policy.maximumAgeMs;
  }
}
