import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { RegistryError } from "../registry_error.ts";
import { orUndefined } from "./durable_file.ts";
import { lockFile } from "./lock_file.ts";

/**
 * Keeps other processes of this machine out of a folder until disposed of. A holder is known by pid and start time, so
 * that a lock left by a crash, or a pid that was given to somebody else, is seen through. UNAVAILABLE when it is held.
 */
export async function lockFolder(root: string): Promise<AsyncDisposable> {
  const own = `${process.pid} ${(await startOf(process.pid)) ?? ""} ${randomUUID()}`;
  const attempt = await lockFile(join(root, "lock"), own, isAlive);
  if (attempt.kind === "locked") return attempt.lock;
  throw taken(root, attempt.by);
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
