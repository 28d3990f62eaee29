import process from "node:process";
import { fileURLToPath } from "node:url";

/** The command that runs a TypeScript file with the runtime of this test. */
export function toCommand(path: string): string[] {
  const file = fileURLToPath(new URL(path, import.meta.url));
  const isDeno = process.versions.deno !== undefined;
  return [process.execPath, ...(isDeno ? ["run", "-A", "--no-check"] : []), file];
}
