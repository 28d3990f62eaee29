import process from "node:process";

/** Where the virtual file system of a compiled binary begins: the program's own path then names no file. */
const compiledPrefix = "/$bunfs/";

/** The word of our own command line that makes one probe and prints what it finds: nobody types it. */
export const probeCommand = "probe-network";

/** The words that start this program again: the compiled binary alone, or a runtime with the source's entry file. */
export function ownCommand(): string[] {
  const [, entry = ""] = process.argv;
  if (entry.startsWith(compiledPrefix)) return [process.execPath];
  const runtime = "deno" in process.versions ? [process.execPath, "run", "-A"] : [process.execPath];
  return [...runtime, entry];
}
