import { type Digest, parseDigest } from "../values/digest.ts";
import { assertRepository, assertTag } from "../values/name.ts";

/** What a cache keeps whatever its size: all repositories at or below a name, or one image. */
export type Pin =
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "tag"; readonly repository: string; readonly tag: string }
  | { readonly kind: "digest"; readonly repository: string; readonly digest: Digest };

/** An image of a cache, as pins look at it. */
export interface PinnableImage {
  readonly repository: string;
  /** Tags of its manifests, those of an index's children among them. */
  readonly tags: ReadonlySet<string>;
  readonly manifests: ReadonlySet<Digest>;
}

/**
 * Reads `docker.io/library` (what is at or below that name), `docker.io/library/redis:7` or `…@sha256:…`, by the names that
 * images have in the cache. Throws NAME_INVALID, TAG_INVALID, DIGEST_INVALID.
 */
export function parsePin(text: string): Pin {
  const at = text.indexOf("@");
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  const repository = (colon < 0 ? named : named.slice(0, colon)).replace(/\/\*?$/, "");
  assertRepository(repository);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  if (tag !== undefined) assertTag(tag);
  if (at >= 0) return { kind: "digest", repository, digest: parseDigest(text.slice(at + 1)) };
  return tag === undefined ? { kind: "prefix", prefix: repository } : { kind: "tag", repository, tag };
}

/** Whether one of some pins holds an image. */
export function isPinned(pins: readonly Pin[], { repository, tags, manifests }: PinnableImage): boolean {
  return pins.some((pin) => {
    if (pin.kind === "prefix") return repository === pin.prefix || repository.startsWith(`${pin.prefix}/`);
    if (pin.repository !== repository) return false;
    return pin.kind === "tag" ? tags.has(pin.tag) : manifests.has(pin.digest);
  });
}
