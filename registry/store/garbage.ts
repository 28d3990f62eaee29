import { isRegistryError, RegistryError } from "../registry_error.ts";
import type { Digest } from "../values/digest.ts";
import { childrenOf, type Manifest } from "../values/manifest.ts";
import { readManifest } from "./holdings.ts";
import type { ManifestRecord, RepositoryIndex } from "./repository_index.ts";
import type { Storage } from "./storage.ts";

/** What is collected, and what is too young for it. */
export interface GarbageOptions {
  /** What came within that time is kept: a push puts blobs before the manifest that needs them. An hour. */
  readonly graceMs?: number;
  /** Uploads that nobody has written to for that long are forgotten. A day. */
  readonly uploadGraceMs?: number;
  /** Whether manifests without a tag, and without anything that names them, go as well. By default they are kept. */
  readonly untagged?: "keep" | "remove";
}

/** What a collection did. */
export interface Collected {
  readonly blobs: number;
  readonly manifests: number;
  readonly uploads: number;
  /** Bytes that were given back to the file system. */
  readonly freedBytes: number;
  /** Repositories that cannot be read, and so keep all they have. */
  readonly passedOver: readonly PassedOver[];
}

/** A repository of which nothing was collected, and why. */
export interface PassedOver {
  readonly repository: string;
  readonly error: RegistryError;
}

/** What marks are made with. */
export interface GarbageMeans {
  readonly storage: Storage;
  /** When somebody last asked for a blob, and may be about to name it; undefined for never. */
  lastSeenMs(repository: string, digest: Digest): number | undefined;
  /** Runs work while nobody finds or makes a blob, or pushes a manifest, in that repository. */
  exclusively<T>(repository: string, work: () => Promise<T>): Promise<T>;
}

/**
 * Collects one repository while it is in use. What was marked a moment ago may be out of date; so each blob is looked at
 * once more, alone, for whether somebody has asked for it since.
 */
export async function collectRepository(
  means: GarbageMeans,
  repository: string,
  options: Required<GarbageOptions>,
): Promise<{ blobs: number; manifests: number }> {
  const { storage } = means;
  const youngestMs = Date.now() - options.graceMs;
  const manifests = options.untagged === "remove" ? await removeUntagged(means, repository, youngestMs) : 0;
  const index = await readIndex(means, repository);
  const marked = index ? await markAll(means, repository, index) : new Set<Digest>();
  let blobs = 0;
  for await (const { digest, changedMs } of storage.listBlobs(repository)) {
    if (marked.has(digest) || changedMs > youngestMs) continue;
    const removed = await means.exclusively(repository, async () => {
      if ((means.lastSeenMs(repository, digest) ?? 0) > youngestMs) return false;
      return await storage.unlinkBlob(repository, digest);
    });
    if (removed) blobs += 1;
  }
  return { blobs, manifests };
}

/**
 * The index when no push is half done: what was looked for before is in it, and what is looked for from now on is seen to
 * be wanted, however short the grace.
 */
function readIndex({ storage, exclusively }: GarbageMeans, repository: string): Promise<RepositoryIndex | undefined> {
  return exclusively(repository, () => storage.readIndex(repository));
}

/** Every manifest of the index, and what they name. */
async function markAll(means: GarbageMeans, repository: string, index: RepositoryIndex): Promise<Set<Digest>> {
  const marked = new Set<Digest>();
  for (const [digest, record] of index.manifests) {
    marked.add(digest);
    for (const child of childrenOf(await readHeld(means.storage, repository, digest, record))) marked.add(child.digest);
  }
  return marked;
}

/**
 * What a repository that cannot be collected is known to name: its manifests, and what those name that can be read. Where it has lost a
 * blob, a copy may be left that no other repository has.
 */
export async function findNamed(storage: Storage, repository: string): Promise<Set<Digest>> {
  const named = new Set<Digest>();
  // Whoever calls has told why it cannot be read.
  const index = await storage.readIndex(repository).catch(() => undefined);
  for (const [digest, record] of index?.manifests ?? []) {
    named.add(digest);
    const manifest = await readManifest(storage, repository, digest, record).catch(() => undefined);
    for (const child of manifest ? childrenOf(manifest) : []) named.add(child.digest);
  }
  return named;
}

/** A manifest of the index; an error calls it by its digest. */
async function readHeld(
  storage: Storage,
  repository: string,
  digest: Digest,
  record: ManifestRecord,
): Promise<Manifest> {
  try {
    return await readManifest(storage, repository, digest, record);
  } catch (error) {
    // Bytes of another digest are told with the one that is meant.
    if (!isRegistryError(error) || error.code === "CORRUPT") throw error;
    const { code, message } = error;
    const isGone = code === "BLOB_UNKNOWN";
    const what = isGone ? `read manifest "${digest}"` : `tell what manifest "${digest}" names`;
    throw new RegistryError(code, `Cannot ${what}: ${isGone ? "it is not there" : message}`, { cause: error });
  }
}

/** Removes manifests that no tag leads to: through indexes downwards, and from subjects to their referrers. */
async function removeUntagged(means: GarbageMeans, repository: string, youngestMs: number): Promise<number> {
  const index = await readIndex(means, repository);
  if (index === undefined) return 0;
  const kept = new Set<Digest>();
  const pending = [...index.tags.values(), ...(await youngOf(means, repository, index, youngestMs))];
  for (let digest = pending.pop(); digest !== undefined; digest = pending.pop()) {
    const record = index.manifests.get(digest);
    if (kept.has(digest) || record === undefined) continue;
    kept.add(digest);
    const manifest = await readHeld(means.storage, repository, digest, record);
    if (manifest.kind === "index") pending.push(...manifest.manifests.map((child) => child.digest));
    for (const [referrer, { subject }] of index.manifests) if (subject === digest) pending.push(referrer);
  }
  const doomed = [...index.manifests.keys()].filter((digest) => !kept.has(digest));
  if (doomed.length === 0) return 0;
  return await means.exclusively(repository, () =>
    means.storage.changeIndex(repository, (current) => {
      const tagged = new Set(current.tags.values());
      const isWanted = (digest: Digest) =>
        tagged.has(digest) || (means.lastSeenMs(repository, digest) ?? 0) > youngestMs;
      return doomed.filter((digest) => !isWanted(digest) && current.removeManifest(digest)).length;
    }),
  );
}

/** Children of an index are pushed before it: what is young may yet be named. */
async function youngOf(
  means: GarbageMeans,
  repository: string,
  index: RepositoryIndex,
  youngestMs: number,
): Promise<Digest[]> {
  const young: Digest[] = [];
  for await (const { digest, changedMs } of means.storage.listBlobs(repository)) {
    if (index.manifests.has(digest) && changedMs > youngestMs) young.push(digest);
  }
  return young;
}
