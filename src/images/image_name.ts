import { formatReference, parseReference, type Reference, withDefaultTag } from "../../registry/values/reference.ts";

/**
 * The spelling in which names of images are compared: `redis` is `docker.io/library/redis:latest`; with a digest, the tag
 * says nothing. A text that is no reference stays as it is.
 */
export function toFullName(text: string): string {
  try {
    const { tag, ...reference } = withDefaultTag(parseReference(text));
    return formatReference(reference.digest === undefined && tag !== undefined ? { ...reference, tag } : reference);
  } catch {
    // An image's id, or a name that only a daemon of another age takes.
    return text;
  }
}

/** A reference; undefined for what is none: ids of the daemon, and what other tools write. */
export function toReference(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch {
    // Whoever asks says what that means.
    return undefined;
  }
}

/** The digest that a reference ends with, e.g. `sha256:…`; an image's id is one too. */
export function digestOf(text: string): string | undefined {
  return /(?:^|@)((?:sha256|sha512):[0-9a-f]{64,128})$/.exec(text)?.[1];
}

/** What images are known by. */
export interface NamedImage {
  readonly id: string;
  /** Names with a tag. */
  readonly names: readonly string[];
  /** Names with a digest. */
  readonly digests: readonly string[];
  /** Digests by which registries have it, where the daemon does not say so itself. */
  readonly manifests?: readonly string[];
}

/** Whether a reference, an image's id or the beginning of one means this image. */
export function meansImage(reference: string, image: NamedImage): boolean {
  if (isIdOf(reference, image.id)) return true;
  const digest = digestOf(reference);
  // The same content whatever the name: an image that was fetched under one name is found under another (contract J 3).
  if (digest !== undefined) {
    const isNamed = image.digests.some((name) => digestOf(name) === digest);
    return isNamed || image.id === digest || (image.manifests?.includes(digest) ?? false);
  }
  const full = toFullName(reference);
  return image.names.some((name) => toFullName(name) === full);
}

/** Twelve digits are what people copy from a listing. */
function isIdOf(text: string, id: string): boolean {
  const [hex, wanted] = [id.replace(/^sha256:/, ""), text.replace(/^sha256:/, "")];
  return /^[0-9a-f]{12,64}$/.test(wanted) && hex.startsWith(wanted);
}
