import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { RegistryError } from "../registry_error.ts";
import { orUndefined, temporaryPath } from "./durable_file.ts";

/**
 * Keeps other processes of this machine out of a folder until disposed of. A holder is known by pid and start time, so
 * that a lock left by a crash, or a pid that was given to somebody else, is seen through. UNAVAILABLE when it is held.
 */
export async function lockFolder(root: string): Promise<AsyncDisposable> {
  const path = join(root, "lock");
  const own = `${process.pid} ${(await startOf(process.pid)) ?? ""} ${randomUUID()}`;
  const draft = temporaryPath(root);
  await writeFile(draft, own, { flag: "wx" });
  try {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      if (await linkIfFree(draft, path)) return { [Symbol.asyncDispose]: () => release(path, own) };
      const held = await orUndefined(readFile(path, "utf8"));
      if (held !== undefined && (await isAlive(held))) throw taken(root, held);
      if (held !== undefined) await removeStale(path, held);
    }
    throw taken(root, "");
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

async function isAlive(held: string): Promise<boolean> {
  const [pid = "", start = ""] = held.split(" ");
  const found = await startOf(Number(pid));
  return found !== undefined && found === start;
}

/** When a process began, in ticks since boot; undefined when there is none, or only a zombie that waits for its parent. */
async function startOf(pid: number): Promise<string | undefined> {
  const text = await orUndefined(readFile(`/proc/${pid}/stat`, "utf8"));
  // The command's name may hold blanks and brackets: fields are counted behind the last bracket.
  const [state, ...fields] = text?.slice(text.lastIndexOf(")") + 2).split(" ") ?? [];
  return state === "Z" || state === "X" ? undefined : fields[18];
}

function taken(root: string, held: string): RegistryError {
  const holder = /^\d+/.exec(held)?.[0] ?? "unknown";
  return new RegistryError("UNAVAILABLE", `Cannot open registry "${root}": process ${holder} has it open`, {
    retryable: false,
  });
}
