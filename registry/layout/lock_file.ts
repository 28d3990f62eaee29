import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { orUndefined } from "./durable_file.ts";
import { temporaryPath } from "./temporary_name.ts";

/** What came of the wish for a lock: it, or what its holder has written. */
export type LockAttempt =
  | { readonly kind: "locked"; readonly lock: AsyncDisposable }
  | { readonly kind: "held"; readonly by: string };

/**
 * Makes a file that at most one process of this machine has, until disposed of. `own` is written into it, which nobody
 * else may ever write; `isHeld` judges what another has written, so that a lock that a crash has left is seen through.
 */
export async function lockFile(
  path: string,
  own: string,
  isHeld: (by: string) => Promise<boolean>,
): Promise<LockAttempt> {
  const draft = temporaryPath(dirname(path));
  try {
    await writeFile(draft, own, { flag: "wx" });
    for (let attempt = 0; attempt < 10; attempt += 1) {
      if (await linkIfFree(draft, path)) {
        return { kind: "locked", lock: { [Symbol.asyncDispose]: () => release(path, own) } };
      }
      const by = await orUndefined(readFile(path, "utf8"));
      if (by !== undefined && (await isHeld(by))) return { kind: "held", by };
      if (by !== undefined) await removeStale(path, by);
    }
    return { kind: "held", by: "" };
  } finally {
    await rm(draft, { force: true });
  }
}

async function linkIfFree(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Two may find the same stale lock: whoever moved a fresh one aside by mistake puts it back. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  if ((await orUndefined(rename(path, aside).then(() => true))) === undefined) return;
  if ((await readFile(aside, "utf8")) !== stale) await linkIfFree(aside, path);
  await rm(aside, { force: true });
}

async function release(path: string, own: string): Promise<void> {
  if ((await orUndefined(readFile(path, "utf8"))) === own) await rm(path, { force: true });
}
