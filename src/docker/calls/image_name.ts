/** A name as the Engine API takes it: with the tag or the digest apart. */
export interface ImageName {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/**
 * Splits without judging: what a reference may be is the daemon's to say. A colon before the last slash belongs to a
 * registry's port (`localhost:5000/a`).
 */
export function splitImageName(reference: string): ImageName {
  const at = reference.indexOf("@");
  const name = at < 0 ? reference : reference.slice(0, at);
  const digest = at < 0 ? undefined : reference.slice(at + 1);
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  if (colon < 0) return { repository: name, tag: undefined, digest };
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1), digest };
}
