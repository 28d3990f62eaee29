import type { Digest } from "../values/digest.ts";

/**
 * How many bytes a store holds: measured once when somebody asks, and kept exact by what is written and removed from then on.
 * A repository's are those of its blobs, each once, and of what is being uploaded into it; the store's count what
 * repositories share once.
 */
export interface Usage {
  /** Measures the store, or one repository, unless that has been done. */
  measure(repository?: string): Promise<void>;
  /** Undefined until it has been measured. */
  readonly storeBytes: number | undefined;
  /** Undefined until it has been measured. */
  repositoryBytes(repository: string): number | undefined;
  /** Size of a blob, in whatever repository it is; undefined when it is in none. */
  sizeOf(digest: Digest): Promise<number | undefined>;
  /** A number that grows with each change of the store, or of one repository, in this process. */
  changes(repository?: string): number;
  /** Uploads that somebody has begun, or gone on with, in this process, and that have not come to an end. */
  readonly openUploads: number;
}
