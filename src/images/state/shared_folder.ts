import { chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/** Who may enter and read, and that only the owner may change. */
export const readableByAll = 0o755;

/**
 * Makes a folder, and those above it, which processes of other users of this host come to as well: they may enter and read
 * what is made here, whatever the umask of who is first. What is there already stays as its owner wants it.
 */
export async function makeSharedFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: readableByAll });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await chmod(made, readableByAll);
}
