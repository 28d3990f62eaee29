import { Buffer } from "node:buffer";
import type { Digest } from "../values/digest.ts";
import { childrenOf, type Manifest, parseManifest } from "../values/manifest.ts";
import { verifiedStream } from "../verified_stream.ts";
import type { ManifestRecord } from "./repository_index.ts";
import type { Storage, StoredBlob } from "./storage.ts";

/** What a repository has, for whoever decides what may go. */
export interface Holdings {
  readonly manifests: ReadonlyMap<Digest, HeldManifest>;
  /** Blobs that are there, the bytes of manifests among them. */
  readonly blobs: ReadonlyMap<Digest, StoredBlob>;
}

/** A manifest, what names it and what it names, whether or not that is there. */
export interface HeldManifest {
  readonly tags: readonly string[];
  readonly children: readonly Digest[];
}

/** What is to leave a repository. */
export interface Removal {
  readonly manifests: readonly Digest[];
  /** The bytes of manifests go with the manifests. */
  readonly blobs: readonly Digest[];
  /** Asked at the last moment, with all manifests of the repository: whether the removal is still wanted. */
  readonly isWanted: (manifests: Iterable<Digest>) => boolean;
}

/** Blobs first: what comes in meanwhile is then a manifest without blobs, not a blob that nothing seems to name. */
export async function readHoldings(storage: Storage, repository: string): Promise<Holdings> {
  const blobs = new Map<Digest, StoredBlob>();
  for await (const blob of storage.listBlobs(repository)) blobs.set(blob.digest, blob);
  const index = await storage.readIndex(repository);
  // Copied at once: the index changes while manifests are read.
  const [records, tags] = [[...(index?.manifests ?? [])], [...(index?.tags ?? [])]];
  const manifests = new Map<Digest, { tags: string[]; children: readonly Digest[] }>();
  for (const [digest, record] of records) {
    const children = childrenOf(await readManifest(storage, repository, digest, record));
    manifests.set(digest, { tags: [], children: children.map((child) => child.digest) });
  }
  for (const [tag, digest] of tags) manifests.get(digest)?.tags.push(tag);
  return { manifests, blobs };
}

/** A manifest that an index has. */
export async function readManifest(
  storage: Storage,
  repository: string,
  digest: Digest,
  { size, mediaType }: ManifestRecord,
): Promise<Manifest> {
  const bytes = await readWhole(storage, repository, { digest, size });
  return parseManifest(bytes, mediaType, { maximumBytes: size });
}

/** A blob that fits in memory, checked against its digest. */
export async function readWhole(
  storage: Storage,
  repository: string,
  { digest, size }: { digest: Digest; size: number },
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of verifiedStream(storage.readBlob(repository, digest), digest, size)) pieces.push(piece);
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}

/** Removes manifests, then blobs, and gives back at once what no repository has any more. False when it is not wanted. */
export async function removeHoldings(storage: Storage, repository: string, removal: Removal): Promise<boolean> {
  const index = await storage.readIndex(repository);
  if (index === undefined || !removal.isWanted(index.manifests.keys())) return false;
  const { manifests, blobs } = removal;
  if (manifests.length > 0) {
    await storage.changeIndex(repository, (current) => {
      for (const digest of manifests) current.removeManifest(digest);
    });
  }
  for (const digest of [...manifests, ...blobs]) {
    if (await storage.unlinkBlob(repository, digest)) await storage.releaseBlob(digest);
  }
  return true;
}
