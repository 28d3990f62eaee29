/** What one look at this host has found. */
export interface Finding {
  /** What was looked at, e.g. `storage driver`. */
  readonly about: string;
  /** `failure` is what makes tasks fail, `warning` what will hurt one day. */
  readonly verdict: "ok" | "warning" | "failure";
  readonly found: string;
  /** How it is mended; there unless it is well. */
  readonly mend?: string;
}

/** Something that is well. */
export function well(about: string, found: string): Finding {
  return { about, verdict: "ok", found };
}

/** Something that will hurt one day, and how it is mended. */
export function warning(about: string, found: string, mend: string): Finding {
  return { about, verdict: "warning", found, mend };
}

/** Something that makes tasks fail, and how it is mended. */
export function failure(about: string, found: string, mend: string): Finding {
  return { about, verdict: "failure", found, mend };
}
