import { randomUUID } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import { RegistryError } from "../registry_error.ts";
import { lockFile } from "./lock_file.ts";
import { readProcessStart } from "./process_start.ts";

/**
 * Keeps other processes of this machine out of a folder until disposed of. A holder is known by pid and start time, so
 * that a lock left by a crash, or a pid that was given to somebody else, is seen through. UNAVAILABLE when it is held.
 */
export async function lockFolder(root: string): Promise<AsyncDisposable> {
  const own = `${process.pid} ${readProcessStart(process.pid) ?? ""} ${randomUUID()}`;
  const attempt = await lockFile(join(root, "lock"), own, isAlive);
  if (attempt.kind === "locked") return attempt.lock;
  throw taken(root, attempt.by);
}

async function isAlive(held: string): Promise<boolean> {
  const [pid = "", start = ""] = held.split(" ");
  const found = readProcessStart(Number(pid));
  return found !== undefined && found === start;
}

function taken(root: string, held: string): RegistryError {
  const holder = /^\d+/.exec(held)?.[0] ?? "unknown";
  return new RegistryError("UNAVAILABLE", `Cannot open registry "${root}": process ${holder} has it open`, {
    retryable: false,
  });
}
