import { openKeptFile } from "../../registry/layout/kept_file.ts";

/** In the folder of a store: names of all upstreams that were ever pulled through into it, a line each. */
const fileName = "upstreams.txt";

/** Remembers whose repositories a store has for a cache, for those who look at it without our flags. */
export async function noteCaches(store: string, names: Iterable<string>): Promise<void> {
  const known = await readNames(store);
  const all = new Set([...known, ...names]);
  if (all.size > known.length) await openKeptFile(store, fileName).write(`${[...all].sort().join("\n")}\n`);
}

/** Tells of repositories of a store whether they are, or once were, pulled through. */
export async function readCaches(store: string): Promise<(repository: string) => boolean> {
  const names = await readNames(store);
  return (repository) => names.some((name) => repository === name || repository.startsWith(`${name}/`));
}

async function readNames(store: string): Promise<string[]> {
  return ((await openKeptFile(store, fileName).read()) ?? "").split("\n").filter((name) => name !== "");
}
