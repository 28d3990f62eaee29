import { readFileSync } from "node:fs";
import process from "node:process";

/**
 * Name of the user that this process runs as, from /etc/passwd, or the uid when it has none there. `os.userInfo()` says
 * "unknown" on Bun when USER is not set.
 */
export function readOwnUserName(options: { passwd?: string } = {}): string {
  const uid = String(process.getuid?.() ?? 0);
  const lines = readFileSync(options.passwd ?? "/etc/passwd", "utf8").split("\n");
  const [name] = lines.map((line) => line.split(":")).find(([, , id]) => id === uid) ?? [];
  return name || uid;
}
