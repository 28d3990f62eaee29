import { isDigest } from "../../../registry/mod.ts";
import { ManifestBook } from "../ensure/manifest_book.ts";
import { digestOf } from "../image_name.ts";
import type { Arrival } from "../state/records.ts";

/** Digests by which registries have images, by the images' ids: a storage driver does not know what came through our gateway by them. */
export type KnownManifests = ReadonlyMap<string, readonly string[]>;

/** Finds the images that the digests in `texts` mean, by the manifests that are kept in a folder and by what has arrived. */
export async function findKnownManifests(
  folder: string,
  texts: readonly string[],
  arrivals: readonly Arrival[],
): Promise<KnownManifests> {
  const known = new Map<string, string[]>();
  const note = (id: string, digest: string) => known.set(id, [...(known.get(id) ?? []), digest]);
  const book = new ManifestBook(folder);
  const arrived = arrivals.map(({ imageId, reference }) => ({ imageId, digest: digestOf(reference) }));
  for (const digest of new Set(texts.flatMap((text) => digestOf(text) ?? []))) {
    for (const id of isDigest(digest) ? await book.listIds(digest) : []) note(id, digest);
    for (const one of arrived) if (one.digest === digest) note(one.imageId, digest);
  }
  return known;
}
