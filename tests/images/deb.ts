import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path/posix";
import type { Readable } from "node:stream";
import { extract, type Header } from "tar-stream";
import { type LayerEntry, normalizePath } from "./layer.ts";
import { PackageError } from "./package_error.ts";

const setuidOrSetgid = 0o6000;

/** Options of {@link readDeb}. */
export interface ReadDebOptions {
  /** Which files and links to take, by their path in the layer. Folders come with what lies in them. */
  readonly keep: (path: string) => boolean;
}

/**
 * The files and links of a .deb, in the form of a layer. Setuid and setgid files and devices are left out; a hard link
 * becomes a file of its own. Throws `PackageError`: `program`, `damaged`.
 */
export async function readDeb(path: string, options: ReadDebOptions): Promise<LayerEntry[]> {
  const child = spawn("dpkg-deb", ["--fsys-tarfile", path], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = endOf(child, path);
  const [entries, failure] = await Promise.all([
    readTar(child.stdout, options).catch((error: unknown) => {
      child.kill();
      return error instanceof Error ? error : new Error(String(error));
    }),
    ended,
  ]);
  // What dpkg-deb says comes first: an archive that it refuses leaves a torn tar behind.
  if (failure !== undefined) throw failure;
  if (entries instanceof Error) {
    throw new PackageError("damaged", `Cannot read "${path}": ${entries.message}`, { cause: entries });
  }
  return entries;
}

async function readTar(stream: Readable, options: ReadDebOptions): Promise<LayerEntry[]> {
  const entries = new Map<string, LayerEntry>();
  for await (const member of stream.pipe(extract())) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of member) chunks.push(chunk as Uint8Array);
    const entry = toEntry(member.header, Buffer.concat(chunks), entries);
    if (entry !== undefined && options.keep(entry.path)) entries.set(entry.path, entry);
  }
  return [...entries.values()];
}

function toEntry(header: Header, content: Uint8Array, before: Map<string, LayerEntry>): LayerEntry | undefined {
  const path = normalizePath(header.name);
  const mode = header.mode ?? 0o644;
  if ((mode & setuidOrSetgid) !== 0 && header.type !== "directory") return undefined;
  switch (header.type) {
    case "file":
      return { kind: "file", path, mode, content };
    case "symlink":
      return { kind: "link", path, target: header.linkname ?? "" };
    case "link": {
      const first = before.get(normalizePath(header.linkname ?? ""));
      return first?.kind === "file" ? { ...first, path } : undefined;
    }
    default:
      return undefined;
  }
}

/** Undefined when dpkg-deb ended well. */
function endOf(child: ChildProcess, path: string): Promise<PackageError | undefined> {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return new Promise((resolve) => {
    child.on("error", (cause) =>
      resolve(new PackageError("program", `Cannot run "dpkg-deb": ${cause.message}`, { cause })),
    );
    child.on("close", (code, signal) => {
      const why = said.trim() || `dpkg-deb ended with ${signal ?? `code ${code}`}`;
      resolve(code === 0 ? undefined : new PackageError("damaged", `Cannot unpack "${path}": ${why}`));
    });
  });
}

/** Where a link of a layer leads to, as a path of the layer. */
export function linkTarget(link: { readonly path: string; readonly target: string }): string {
  const path = link.target.startsWith("/") ? link.target : `${dirname(link.path)}/${link.target}`;
  return normalizePath(resolveDots(path));
}

function resolveDots(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
