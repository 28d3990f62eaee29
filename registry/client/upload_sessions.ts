import type { Digest } from "../values/digest.ts";

/**
 * Remembers which session of a registry has the beginning of a large blob, so that the next process goes on with what one that was
 * killed has sent. Whoever cannot remember says so elsewhere: no call rejects.
 */
export interface UploadSessions {
  /** What is known of a blob's session; undefined while another process is at it, and when nothing can be remembered. */
  open(repository: string, digest: Digest): Promise<KeptSession | undefined>;
}

/** The session of one blob, which nobody else goes on with until this is disposed of. */
export interface KeptSession extends AsyncDisposable {
  /** What an earlier process has noted. */
  readonly found: string | undefined;
  /** Notes an upload's id: the place of its session, which may be as good as a password. */
  note(id: string): Promise<void>;
  /** It has become a blob, or is of no use. */
  forget(): Promise<void>;
}

/** Smaller blobs are sent again sooner than anything is written down. */
export const leastRememberedBytes = 8 * 1024 * 1024;
