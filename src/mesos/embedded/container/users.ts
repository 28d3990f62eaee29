import { readFile } from "node:fs/promises";
import process from "node:process";
import type { User } from "./containerizer.ts";

/**
 * The user to switch to for a name, or undefined when the process may stay who it is: agents switch only as root
 * (`--switch_user`, contract A.1). Names are looked up in /etc/passwd; throws when one is not there.
 */
export async function findUser(name: string, options: { passwd?: string } = {}): Promise<User | undefined> {
  if (process.getuid?.() !== 0 || name === "root" || name === "0") return undefined;
  const lines = (await readFile(options.passwd ?? "/etc/passwd", "utf8")).split("\n");
  const [, , uid, gid] = lines.map((line) => line.split(":")).find(([user]) => user === name) ?? [];
  if (!uid || !gid) throw new Error(`Failed to get user information for '${name}'`);
  return { uid: Number(uid), gid: Number(gid) };
}
