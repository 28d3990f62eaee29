import { basename } from "node:path/posix";
import type { PackageSource } from "./apt.ts";
import { linkTarget, readDeb } from "./deb.ts";
import { readElfNeeds } from "./elf.ts";
import type { LayerEntry } from "./layer.ts";
import { PackageError } from "./package_error.ts";

/** Packages with the entries taken from them. */
export interface PackageFiles {
  readonly name: string;
  readonly version: string;
  readonly entries: readonly LayerEntry[];
}

/** Options of {@link collectPackages}. */
export interface CollectOptions {
  readonly source: PackageSource;
  /** Folder for the downloaded archives. */
  readonly folder: string;
}

/** Libraries, and the links to them; not the tables of character sets, which are most of libc6 and nobody's here. */
const isLibrary = (path: string) =>
  /^usr\/lib(32|64|x32)?\//.test(path) && /\.so(\.|$)/.test(path) && !path.includes("/gconv/");

/** Downloads packages and takes the entries that `keep` names. */
export async function collectPackages(
  names: readonly string[],
  keep: (path: string) => boolean,
  options: CollectOptions,
): Promise<PackageFiles[]> {
  const known = await options.source.describe(names);
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0)
    throw new PackageError("absent", `Cannot find the packages "${missing.join(", ")}" in apt's lists`);
  if (names.length === 0) return [];
  const archives = await options.source.download(names, options.folder);
  const collected: PackageFiles[] = [];
  for (const name of names) {
    const entries = await readDeb(archives.get(name) ?? "", { keep });
    collected.push({ name, version: known.get(name)?.version ?? "", entries });
  }
  return collected;
}

/**
 * The packages of all shared libraries that the programs of `packages` need, and no others. Debian's policy makes the
 * package of a program depend on those of its libraries, so a missing library is looked for among the dependencies of
 * the package that asks for it; dependencies that bring none (adduser and all of perl behind it) are left out.
 */
export async function collectLibraries(
  packages: readonly PackageFiles[],
  options: CollectOptions,
): Promise<PackageFiles[]> {
  const search = new LibrarySearch(options);
  const libraries = new Map<string, PackageFiles>();
  const done = new Set<string>();
  let files = packages.flatMap(({ name, entries }) => entries.map((entry) => ({ owner: name, entry })));
  while (files.length > 0) {
    const wanted = files.flatMap(({ owner, entry }) => neededBy(entry).map((library) => ({ owner, library })));
    const fresh = wanted.filter(({ library }) => !done.has(library) && done.add(library));
    await search.prepare(fresh.map(({ owner }) => owner));
    files = [];
    for (const { owner, library } of fresh) {
      const { from, entry } = await search.find(library, owner);
      libraries.set(from.name, from);
      files.push({ owner: from.name, entry });
    }
  }
  return [...libraries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function neededBy(entry: LayerEntry): string[] {
  if (entry.kind !== "file") return [];
  const needs = readElfNeeds(entry.content);
  if (needs === undefined) return [];
  return needs.interpreter === undefined ? [...needs.libraries] : [...needs.libraries, basename(needs.interpreter)];
}

/** Looks for libraries in packages, downloading each package once. */
class LibrarySearch {
  readonly #options: CollectOptions;
  readonly #looked = new Map<string, PackageFiles>();

  constructor(options: CollectOptions) {
    this.#options = options;
  }

  /** Downloads, in one go, what the owners depend on and what by its name is a library. */
  async prepare(owners: readonly string[]): Promise<void> {
    const all = await Promise.all([...new Set(owners)].map((owner) => this.#candidates(owner)));
    await this.#lookInto(all.flatMap(({ libraries }) => libraries));
  }

  /** The file behind a library's name, and its package: the owner itself or one that the owner depends on. */
  async find(library: string, owner: string): Promise<{ from: PackageFiles; entry: LayerEntry }> {
    const { libraries, others } = await this.#candidates(owner);
    for (const names of [libraries, others]) {
      await this.#lookInto(names);
      for (const name of names) {
        const from = this.#looked.get(name);
        const entry = from === undefined ? undefined : fileNamed(from, library);
        if (from !== undefined && entry !== undefined) return { from, entry };
      }
    }
    throw new PackageError(
      "absent",
      `Cannot find the library "${library}": no dependency of the package ${owner} has it`,
    );
  }

  async #candidates(owner: string): Promise<{ libraries: string[]; others: string[] }> {
    const { source } = this.#options;
    const depends = (await source.describe([owner])).get(owner)?.depends ?? [];
    const known = [owner, ...(await source.describe(depends)).keys()]; // Virtual packages are not known.
    const libraries = known.filter((name) => name.startsWith("lib") || name === owner);
    return { libraries, others: known.filter((name) => !libraries.includes(name)) };
  }

  async #lookInto(names: readonly string[]): Promise<void> {
    const fresh = [...new Set(names)].filter((name) => !this.#looked.has(name));
    for (const found of await collectPackages(fresh, isLibrary, this.#options)) this.#looked.set(found.name, found);
  }
}

/** The regular file that a library's name leads to inside its package. */
function fileNamed(from: PackageFiles, library: string): LayerEntry | undefined {
  let entry = from.entries.find(({ path }) => basename(path) === library);
  for (let steps = 0; entry?.kind === "link" && steps < 8; steps++) {
    const target = linkTarget(entry);
    entry = from.entries.find(({ path }) => path === target);
  }
  return entry?.kind === "file" ? entry : undefined;
}
