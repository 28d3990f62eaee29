import type { CallOptions } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";
import { childrenOf } from "../values/manifest.ts";
import { formatPlatform } from "../values/platform.ts";
import { readManifest } from "./holdings.ts";
import type { RepositoryIndex } from "./repository_index.ts";
import type { Storage } from "./storage.ts";

/** What a tag takes. */
export interface TagSizes {
  readonly tag: string;
  readonly digest: Digest;
  /** Of the manifest that it points at. */
  readonly mediaType: string;
  /** Of an index, the platforms that are there, as in `linux/amd64`. */
  readonly platforms: readonly string[];
  /** Manifests, configs and layers, each once, as far as they are stored. */
  readonly bytes: number;
  /** Those of them that no other tag and no other repository has: what would be free without the tag. */
  readonly ownBytes: number;
}

/** What the images of a repository take. */
export interface RepositorySizes {
  readonly bytes: number;
  /** Those of them that no other repository has. */
  readonly ownBytes: number;
  /** Sorted by their names. */
  readonly tags: readonly TagSizes[];
}

/** Adds up what the manifests of one repository name; memory is taken for their digests alone. NAME_UNKNOWN. */
export async function measureImages(
  storage: Storage,
  repository: string,
  options: CallOptions = {},
): Promise<RepositorySizes> {
  const index = await storage.readIndex(repository);
  if (index === undefined) {
    throw new RegistryError("NAME_UNKNOWN", `Cannot measure "${repository}": there is no such repository`);
  }
  const named = await readNamed(storage, repository, index, options);
  const closures = closeOver(index, named);
  const users = countUsers(index, closures);
  const blobs = new Map<Digest, { size: number; repositories: number }>();
  for (const digest of users.keys()) {
    options.signal?.throwIfAborted();
    const found = await storage.inspectBlob(repository, digest);
    if (found) blobs.set(digest, found);
  }
  const sum = (digests: Iterable<Digest>, isMeant: (digest: Digest) => boolean = () => true) =>
    Iterator.from(digests).reduce((total, one) => total + (isMeant(one) ? (blobs.get(one)?.size ?? 0) : 0), 0);
  const isOwn = (digest: Digest) => blobs.get(digest)?.repositories === 1;
  const tags = index.sortedTags.map((tag): TagSizes => {
    const digest = index.tags.get(tag) as Digest;
    const closure = closures.get(digest) ?? new Set();
    const platforms = (named.get(digest) ?? []).flatMap((child) => platformOf(child, blobs));
    return {
      ...{ tag, digest, mediaType: index.manifests.get(digest)?.mediaType ?? "", platforms },
      bytes: sum(closure),
      ownBytes: sum(closure, (one) => isOwn(one) && users.get(one) === 1),
    };
  });
  return { bytes: sum(users.keys()), ownBytes: sum(users.keys(), isOwn), tags };
}

/** What each manifest of a repository names. */
async function readNamed(
  storage: Storage,
  repository: string,
  index: RepositoryIndex,
  { signal }: CallOptions,
): Promise<Map<Digest, readonly Descriptor[]>> {
  const named = new Map<Digest, readonly Descriptor[]>();
  for (const [digest, record] of [...index.manifests]) {
    signal?.throwIfAborted();
    named.set(digest, childrenOf(await readManifest(storage, repository, digest, record)));
  }
  return named;
}

/** What belongs to each manifest: itself, what it names, and what manifests of the repository name that it names. */
function closeOver(
  index: RepositoryIndex,
  named: ReadonlyMap<Digest, readonly Descriptor[]>,
): Map<Digest, Set<Digest>> {
  const closures = new Map<Digest, Set<Digest>>();
  for (const root of index.manifests.keys()) {
    const closure = new Set<Digest>();
    const pending = [root];
    for (let digest = pending.pop(); digest !== undefined; digest = pending.pop()) {
      if (closure.has(digest)) continue;
      closure.add(digest);
      for (const child of named.get(digest) ?? []) pending.push(child.digest);
    }
    closures.set(root, closure);
  }
  return closures;
}

/** How many tags have each digest; manifests that no tag leads to count as if each had one. */
function countUsers(index: RepositoryIndex, closures: ReadonlyMap<Digest, Set<Digest>>): Map<Digest, number> {
  const users = new Map<Digest, number>();
  const use = (root: Digest) => {
    for (const digest of closures.get(root) ?? []) users.set(digest, (users.get(digest) ?? 0) + 1);
  };
  for (const digest of index.tags.values()) use(digest);
  for (const digest of index.manifests.keys()) if (!users.has(digest)) use(digest);
  return users;
}

function platformOf({ platform, digest }: Descriptor, blobs: ReadonlyMap<Digest, unknown>): string[] {
  if (!platform || platform.os === "unknown" || !blobs.has(digest)) return [];
  return [formatPlatform(platform)];
}
