import type { Digest } from "../../values/digest.ts";
import { LayoutPaths } from "../layout_paths.ts";
import { LayoutStorage } from "../layout_storage.ts";
import { type BlobFile, listBlobFiles } from "./blob_files.ts";
import { checkRepository, type RepositoryFindings } from "./repository_check.ts";
import type { StoreFault } from "./store_fault.ts";
import { findFileFault, type ReadingOptions } from "./verify_file.ts";

/** How a store is checked. */
export interface StoreCheckOptions extends ReadingOptions {
  /** Whether a repository is pulled through, so that what is missing in it is no fault. None unless given. */
  readonly isCache?: (repository: string) => boolean;
  /** Told how many bytes will be read. */
  readonly onBegun?: (bytes: number) => void;
}

/** What a check came to. */
export interface StoreCheck {
  readonly faults: readonly CheckedFault[];
  readonly repositories: number;
  readonly manifests: number;
  /** Files that were read, and their bytes. */
  readonly blobs: number;
  readonly bytes: number;
}

/** A fault, and the files that are to go when it is one of content. */
export interface CheckedFault extends StoreFault {
  readonly files: readonly BlobFile[];
}

/**
 * Reads every file of a store once, and looks whether what manifests name is there. Needs no lock, and writes nothing: what is written
 * or collected by another process meanwhile is no fault. Throws the signal's reason, and the system's error for a folder.
 */
export async function checkStore(root: string, options: StoreCheckOptions = {}): Promise<StoreCheck> {
  const { isCache = () => false, signal } = options;
  const storage = new LayoutStorage(root, "none");
  const files = await listBlobFiles(new LayoutPaths(root), await storage.listRepositories());
  const bytes = files.reduce((total, { size }) => total + size, 0);
  options.onBegun?.(bytes);
  const wrong = new Map<Digest, { found: string[]; files: BlobFile[] }>();
  for (const file of files) {
    const found = await findFileFault(file, options);
    if (found === undefined) continue;
    const known = wrong.get(file.digest) ?? { found: [], files: [] };
    wrong.set(file.digest, { found: [...known.found, found], files: [...known.files, file] });
  }
  const findings = new Map<string, RepositoryFindings>();
  // What came meanwhile is looked at as well.
  for (const repository of await storage.listRepositories()) {
    const comes = isCache(repository) ? "from upstream" : "by a push";
    const checking = { wrong: new Set(wrong.keys()), comes, ...(signal && { signal }) } as const;
    findings.set(repository, await checkRepository(storage, repository, checking));
  }
  const content = [...wrong].map(([digest, { found, files: rotten }]): CheckedFault => {
    const named = new Set(rotten.flatMap(({ names }) => names.flatMap(({ repository }) => repository ?? [])));
    const uses = [...named].sort().flatMap((repository) => findings.get(repository)?.useOf(digest) ?? []);
    return { kind: "content", digest, found: found.join("; "), uses, files: rotten };
  });
  const others = [...findings.values()].flatMap(({ faults }) => faults.map((fault) => ({ ...fault, files: [] })));
  const manifests = findings.values().reduce((total, one) => total + one.manifests, 0);
  return { faults: [...content, ...others], repositories: findings.size, manifests, blobs: files.length, bytes };
}
