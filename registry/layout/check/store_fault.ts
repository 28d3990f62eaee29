import type { Digest } from "../../values/digest.ts";

/** A repository that something wrong concerns. */
export interface FaultUse {
  readonly repository: string;
  /** Tags that lead to it, through indexes as well. */
  readonly tags: readonly string[];
  /** How what is missing in the repository comes again: by itself from upstream, or by whoever pushes or mirrors. */
  readonly comes: "from upstream" | "by a push";
}

/**
 * What is wrong with a store.
 *
 * - `content`: a blob or manifest whose bytes are not those of its digest, or cannot be read
 * - `missing`: what a manifest names, and the repository does not have
 * - `manifest`: a manifest that is none, or is of another size than its index says, or names sizes that are wrong
 * - `index`: an index that cannot be read
 */
export interface StoreFault {
  readonly kind: "content" | "missing" | "manifest" | "index";
  /** Of the blob or manifest; an index has none. */
  readonly digest?: Digest;
  readonly found: string;
  readonly uses: readonly FaultUse[];
}
