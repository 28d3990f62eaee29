import { rm } from "node:fs/promises";
import { isRegistryError } from "../../registry_error.ts";
import { lockFolder } from "../folder_lock.ts";
import { LayoutStorage } from "../layout_storage.ts";
import { isStill } from "./blob_files.ts";
import type { CheckedFault } from "./check_store.ts";

/** What became of wrong content. */
export interface ContentRemoval {
  /** Whether tags are gone as well that lead to what only a push brings again. */
  readonly tags: "removed" | "kept";
}

/**
 * Takes wrong content out of a store, also one that is served: who asks for it is told that it is not there. Who mirrors asks for the
 * manifest of a tag alone; so tags that lead to what only a push brings again go as well, unless another process has the store open,
 * which writes them.
 */
export async function removeContent(root: string, faults: readonly CheckedFault[]): Promise<ContentRemoval> {
  await using lock = await lockIfFree(root);
  for (const file of faults.flatMap(({ files }) => files)) {
    // The pool's name is the first: nobody may link from there any more when the others go.
    for (const name of file.names) if (await isStill(file, name)) await rm(name.path, { force: true });
  }
  if (lock === undefined) return { tags: "kept" };
  const storage = new LayoutStorage(root, "full");
  const unreadable = new Set(
    faults.flatMap(({ kind, uses }) => (kind === "index" ? uses.map(({ repository }) => repository) : [])),
  );
  for (const { kind, digest, uses } of faults) {
    if (digest === undefined || (kind !== "content" && kind !== "missing")) continue;
    for (const { repository, tags, comes } of uses) {
      if (comes === "from upstream" || unreadable.has(repository)) continue;
      await storage.changeIndex(repository, (index) => {
        for (const tag of tags) index.removeTag(tag);
        index.removeManifest(digest);
      });
    }
  }
  return { tags: "removed" };
}

async function lockIfFree(root: string): Promise<AsyncDisposable | undefined> {
  try {
    return await lockFolder(root);
  } catch (error) {
    if (!isRegistryError(error, "UNAVAILABLE")) throw error;
    return undefined;
  }
}
