import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Log } from "../../src/runtime/log.ts";
import { PackageError } from "./package_error.ts";

/** A package as apt would install it now. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Names of the packages it needs; of alternatives the first. */
  readonly depends: readonly string[];
}

/** Where Debian packages come from. */
export interface PackageSource {
  /** What apt knows of packages, by name; those it cannot download are left out. */
  describe(names: readonly string[]): Promise<Map<string, Package>>;
  /** Downloads packages into a folder; gives the paths of their .deb files by package name. */
  download(names: readonly string[], folder: string): Promise<Map<string, string>>;
  /** Changes whenever the package lists may have. */
  listsDigest(): Promise<string>;
  /** Reads the package lists again. */
  refresh(): Promise<void>;
  /** The architecture of the packages, in Debian's words. */
  architecture(): Promise<string>;
}

/** Options of {@link aptSource}. */
export interface AptOptions {
  readonly log: Log;
  /** Folder for apt's index of its lists. Who is not root cannot write the system's, and each call would make one. */
  readonly index: string;
}

/** Packages of this machine's Debian, in its apt sources' versions, checked by apt's signatures. */
export function aptSource(options: AptOptions): PackageSource {
  const { log, index } = options;
  const apt = async (program: string, args: readonly string[], cwd: string) => {
    await mkdir(index, { recursive: true });
    const files = ["pkgcache", "srcpkgcache"].map((name) => ["-o", `Dir::Cache::${name}=${join(index, name)}`]);
    return await run(program, [...files.flat(), ...args], cwd);
  };
  const known = new Map<string, Package>();
  const refresh = async (cause?: unknown) => {
    if (process.getuid?.() !== 0) {
      const found = cause instanceof Error ? cause.message : "they are missing";
      throw new PackageError("absent", `Cannot renew the package lists: only root may run apt-get update; ${found}`, {
        cause,
      });
    }
    log.info("Reading the package lists (apt-get update)");
    await run("apt-get", ["update"], "/");
    known.clear();
  };
  return {
    async describe(names) {
      const unknown = names.filter((name) => !known.has(name));
      if (unknown.length > 0) {
        const text = await apt("apt-cache", ["show", "--no-all-versions", ...unknown], "/");
        for (const found of parseStanzas(text)) known.set(found.name, found);
      }
      const found = names.map((name) => known.get(name)).filter((one) => one !== undefined);
      return new Map(found.map((one) => [one.name, one]));
    },
    refresh: () => refresh(),
    listsDigest,
    architecture: async () => (await run("dpkg", ["--print-architecture"], "/")).trim(),
    async download(names, folder) {
      try {
        await apt("apt-get", ["download", ...names], folder);
      } catch (error) {
        // Lists that are some days old name versions which the archive has replaced since.
        await refresh(error);
        await apt("apt-get", ["download", ...names], folder);
      }
      return await findArchives(names, folder);
    },
  };
}

/** Reads the stanzas that `apt-cache show` prints. One without Filename is installed here and in no list. */
export function parseStanzas(text: string): Package[] {
  const stanzas = text.split(/\n\n+/).map((stanza) => {
    const lines = stanza.replace(/\n[ \t]+/g, " ").split("\n");
    return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
  });
  return stanzas
    .filter((fields) => fields.has("Package") && fields.has("Version") && fields.has("Filename"))
    .map((fields) => ({
      name: fields.get("Package") ?? "",
      version: fields.get("Version") ?? "",
      depends: parseDepends([fields.get("Pre-Depends"), fields.get("Depends")].filter(Boolean).join(",")),
    }));
}

/** `libc6 (>= 2.34), init-system-helpers:any | x` gives the names, of alternatives the first. */
function parseDepends(text: string): string[] {
  const names = text.split(",").map((clause) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(clause)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Names, sizes and times of apt's list files. */
async function listsDigest(): Promise<string> {
  const shell = await run("apt-config", ["shell", "LISTS", "Dir::State::lists/d"], "/");
  const folder = /^LISTS='(.*)'$/m.exec(shell)?.[1];
  if (folder === undefined)
    throw new PackageError("program", `Cannot find apt's package lists: apt-config says "${shell}"`);
  const hash = createHash("sha256");
  for (const name of (await readdir(folder)).sort()) {
    const { size, mtimeMs } = await stat(join(folder, name));
    hash.update(`${name}\0${size}\0${Math.floor(mtimeMs)}\0`);
  }
  return hash.digest("hex");
}

async function findArchives(names: readonly string[], folder: string): Promise<Map<string, string>> {
  const files = await readdir(folder);
  const found = new Map<string, string>();
  for (const name of names) {
    const file = files.find((one) => one.startsWith(`${name}_`) && one.endsWith(".deb"));
    if (file === undefined) throw new PackageError("absent", `Cannot download "${name}": apt-get left no file`);
    found.set(name, join(folder, file));
  }
  return found;
}

/** Runs a program. apt-cache ends with 100 when it does not know one of the names, and prints the others. */
function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const env = { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null || (program === "apt-cache" && error.code === 100)) return resolve(stdout);
      const what = error.code === "ENOENT" ? "it is not installed" : stderr.trim() || error.message;
      reject(new PackageError("program", `Cannot run "${program} ${args.join(" ")}": ${what}`, { cause: error }));
    });
  });
}
