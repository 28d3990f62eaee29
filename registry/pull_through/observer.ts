import type { Digest } from "../values/digest.ts";

/** Who is told of what a pull-through registry does; for logs, counters and pages. */
export interface PullThroughObserver {
  /** Content that a client wants: a `hit` when nothing of it has to be fetched for this client. */
  readonly onLookup?: (lookup: { content: "blob" | "manifest"; outcome: "hit" | "miss" }) => void;
  /** A transfer from upstream that begins; what it has received grows until it is told as filled. */
  readonly onFilling?: (filling: Filling) => void;
  /** A transfer from upstream that has ended. */
  readonly onFilled?: (filled: Filled) => void;
  /** The store answers because upstream does not. */
  readonly onStale?: (stale: { repository: string; target: string; error: unknown }) => void;
  /** A tag that points at another manifest upstream than it did here; both are kept. */
  readonly onMoved?: (moved: { repository: string; tag: string; from: Digest; to: Digest }) => void;
  /** Content that came from a source. */
  readonly onReceived?: (received: { source: string; bytes: number }) => void;
  /** A source that failed, and will not be asked first for a while. */
  readonly onSourceFailed?: (failure: { source: string; error: unknown }) => void;
}

/** A transfer from upstream. */
export interface Filling {
  readonly repository: string;
  readonly digest: Digest;
  readonly size: number;
  readonly receivedBytes: number;
}

/** A transfer from upstream that is over. */
export interface Filled {
  readonly repository: string;
  readonly digest: Digest;
  readonly size: number;
  /** `passed`: who asked for it has it, and the store has not. */
  readonly outcome: "stored" | "passed" | "failed";
  readonly error?: unknown;
}
