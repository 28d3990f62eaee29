import type { BigIntStats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, isDigest } from "../../values/digest.ts";
import { orUndefined } from "../durable_file.ts";
import { algorithms, type LayoutPaths } from "../layout_paths.ts";

/** One of the names of a file, and whose it is: a repository's, or the pool's. */
export interface BlobName {
  readonly path: string;
  readonly repository?: string;
}

/** A file that is called by a digest, under all its names. Where files cannot be linked, a blob has several files. */
export interface BlobFile {
  readonly digest: Digest;
  readonly size: number;
  /** Of the file system: what has another one is another file. */
  readonly identity: string;
  /** The pool's, if it has one, is the first. */
  readonly names: readonly BlobName[];
}

/** Every file of a store that is called by a digest, once. What is not whole is called otherwise. */
export async function listBlobFiles(paths: LayoutPaths, repositories: readonly string[]): Promise<BlobFile[]> {
  const files = new Map<string, BlobFile & { names: BlobName[] }>();
  const addFolder = async (folder: string, algorithm: string, repository?: string) => {
    for (const name of (await orUndefined(readdir(folder))) ?? []) {
      const digest = `${algorithm}:${name}`;
      if (!isDigest(digest)) continue;
      const path = join(folder, name);
      const found = await orUndefined(stat(path, { bigint: true }));
      if (!found?.isFile()) continue;
      const identity = identityOf(found);
      // A file that is called by two digests is wrong by one of them.
      const key = `${identity} ${digest}`;
      const file = files.get(key) ?? { digest, size: Number(found.size), identity, names: [] };
      file.names.push({ path, ...(repository === undefined ? {} : { repository }) });
      files.set(key, file);
    }
  };
  for (const algorithm of algorithms) {
    await addFolder(paths.poolFolder(algorithm), algorithm);
    for (const repository of repositories)
      await addFolder(paths.blobFolder(repository, algorithm), algorithm, repository);
  }
  return [...files.values()];
}

/** Whether a name still is that file's: another process may have put another one in its place. */
export async function isStill({ identity }: BlobFile, { path }: BlobName): Promise<boolean> {
  const found = await orUndefined(stat(path, { bigint: true }));
  return found !== undefined && identityOf(found) === identity;
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}
