import { createHash } from "node:crypto";
import { dirname } from "node:path/posix";
import { type Header, pack } from "tar-stream";

/** One member of a layer. Paths are relative, without leading or trailing slash. */
export type LayerEntry =
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly kind: "folder"; readonly path: string; readonly mode: number }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

/** A layer as it goes into an archive. */
export interface Layer {
  readonly tar: Uint8Array;
  /** sha256 of the tar, in hexadecimal: what an image's config calls diff_id. */
  readonly digest: string;
}

/** Folders that Debian has merged into /usr: packages of Debian 12 still ship files under their old names. */
const mergedFolders = new Set(["bin", "sbin", "lib", "lib32", "lib64", "libx32"]);

/**
 * Brings a path of an archive into the form of {@link LayerEntry}: `./lib/x/` becomes `usr/lib/x`.
 * Throws SyntaxError for a path that leaves the layer.
 */
export function normalizePath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || path.includes("\0")) {
    throw new SyntaxError(`Cannot take "${path}" into a layer: it is not a path below the root`);
  }
  if (parts.length > 1 && mergedFolders.has(parts[0] ?? "")) parts.unshift("usr");
  return parts.join("/");
}

/**
 * Packs entries into a layer: sorted, owned by root, all times 0, missing parent folders added. The same entries give
 * the same bytes. A layer is held in memory whole: those of the test images have a few megabytes.
 */
export async function packLayer(entries: readonly LayerEntry[]): Promise<Layer> {
  const tar = pack();
  const chunks: Buffer[] = [];
  tar.on("data", (chunk) => chunks.push(chunk as Buffer));
  const ended = new Promise<void>((resolve, reject) => {
    tar.on("end", resolve);
    tar.on("error", reject);
  });
  for (const entry of withParents(entries)) {
    const content = entry.kind === "file" ? Buffer.from(entry.content) : Buffer.alloc(0);
    tar.entry(toHeader(entry), content);
  }
  tar.finalize();
  await ended;
  const bytes = Buffer.concat(chunks);
  return { tar: bytes, digest: createHash("sha256").update(bytes).digest("hex") };
}

function toHeader(entry: LayerEntry): Partial<Header> & { name: string } {
  const owner = { uid: 0, gid: 0, uname: "", gname: "", mtime: new Date(0) };
  if (entry.kind === "folder") return { ...owner, name: `${entry.path}/`, type: "directory", mode: entry.mode };
  if (entry.kind === "file") return { ...owner, name: entry.path, type: "file", mode: entry.mode };
  return { ...owner, name: entry.path, type: "symlink", linkname: entry.target, mode: 0o777 };
}

/** Entries sorted by path, parents before children. Throws when two entries claim one path. */
function withParents(entries: readonly LayerEntry[]): LayerEntry[] {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) {
    const other = byPath.get(entry.path);
    if (other !== undefined && !(other.kind === "folder" && entry.kind === "folder")) {
      throw new Error(`Cannot pack the layer: two entries claim "${entry.path}"`);
    }
    byPath.set(entry.path, entry);
  }
  for (const path of [...byPath.keys()]) {
    for (let parent = dirname(path); parent !== "."; parent = dirname(parent)) {
      if (!byPath.has(parent)) byPath.set(parent, { kind: "folder", path: parent, mode: 0o755 });
    }
  }
  return [...byPath.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}
