import { randomUUID } from "node:crypto";
import { utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { temporaryPath } from "../../../registry/layout/temporary_name.ts";

/** Leaves a half written file in a folder, as a process does that was killed two days ago; gives its name. */
export async function leaveOver(folder: string): Promise<string> {
  const name = `.tmp-${randomUUID()}-${randomUUID()}`;
  await writeFile(join(folder, name), "half");
  const then = new Date(Date.now() - 2 * 86_400_000);
  await utimes(join(folder, name), then, then);
  return name;
}

/** Begins a file in a folder, as this process does; gives its name. */
export async function beginFile(folder: string): Promise<string> {
  const path = temporaryPath(folder);
  await writeFile(path, "half");
  return basename(path);
}
