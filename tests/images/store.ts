import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { Log } from "../../src/runtime/log.ts";
import type { PackageSource } from "./apt.ts";
import { encodeConfig, type Image, writeArchive } from "./archive.ts";
import { packLayer } from "./layer.ts";
import type { Recipe } from "./recipes.ts";

/** An image archive in the cache. */
export interface StoredImage {
  readonly reference: string;
  /** Path of the docker-archive. */
  readonly archive: string;
  /** The image's id in a daemon: `sha256:` and the digest of its config. */
  readonly id: string;
}

/** Options of {@link storeImage}. */
export interface StoreOptions {
  readonly source: PackageSource;
  readonly log: Log;
  /** Folder of the cache. */
  readonly cache: string;
}

/** What is written beside an archive, to tell whether it is still what would be built. */
interface BuildRecord {
  readonly builder: string;
  readonly architecture: string;
  readonly lists: string;
  readonly versions: { readonly [name: string]: string };
  readonly id: string;
  readonly archiveDigest: string;
}

const builderFolder = fileURLToPath(new URL(".", import.meta.url));

/**
 * Gives the archive of a recipe's image. It is built when the cache has none, or one of other sources of this folder or
 * of other package versions than apt has now. Throws `PackageError`.
 */
export async function storeImage(recipe: Recipe, options: StoreOptions): Promise<StoredImage> {
  const { source, log, cache } = options;
  await mkdir(cache, { recursive: true });
  const archive = join(cache, `${recipe.name}.tar`);
  const recordFile = join(cache, `${recipe.name}.json`);
  const old = await readRecord(recordFile);
  if (old !== undefined && (await isCurrent(old, archive, source))) {
    await renewLists(old, recordFile, source);
    return { reference: recipe.reference, archive, id: old.id };
  }
  log.info("Building a test image from Debian packages", { image: recipe.reference });
  const folder = await mkdtemp(join(cache, "build-"));
  try {
    const record = await build(recipe, folder, source);
    await rename(join(folder, "archive.tar"), archive);
    await rename(join(folder, "record.json"), recordFile);
    return { reference: recipe.reference, archive, id: record.id };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Leaves `archive.tar` and `record.json` in the folder. */
async function build(recipe: Recipe, folder: string, source: PackageSource): Promise<BuildRecord> {
  const known = await source.describe(recipe.packages);
  if (recipe.packages.some((name) => !known.has(name))) await source.refresh();
  const parts = await recipe.collect({ source, folder });
  const architecture = await source.architecture();
  const layers = parts.map(async ({ createdBy, entries }) => ({ createdBy, layer: await packLayer(entries) }));
  const image: Image = {
    reference: recipe.reference,
    architecture,
    config: recipe.config,
    layers: await Promise.all(layers),
  };
  const archive = join(folder, "archive.tar");
  await pipeline(Readable.from(writeArchive(image)), createWriteStream(archive));
  const record: BuildRecord = {
    builder: await digestBuilder(),
    architecture,
    lists: await source.listsDigest(),
    versions: Object.fromEntries(parts.flatMap(({ packages }) => packages.map(({ name, version }) => [name, version]))),
    id: `sha256:${encodeConfig(image).digest}`,
    archiveDigest: await digestFile(archive),
  };
  await writeFile(join(folder, "record.json"), encodeRecord(record));
  return record;
}

async function readRecord(file: string): Promise<BuildRecord | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as BuildRecord;
  } catch (error) {
    // No record, or one that a full disk cut off: the image is built again.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function isCurrent(record: BuildRecord, archive: string, source: PackageSource): Promise<boolean> {
  if (record.builder !== (await digestBuilder())) return false;
  if ((await digestFile(archive)) !== record.archiveDigest) return false;
  if (record.lists === (await source.listsDigest())) return true; // Asking apt for versions takes seconds.
  if (record.architecture !== (await source.architecture())) return false;
  const known = await source.describe(Object.keys(record.versions));
  // A package that apt has no list for could not be built from either: what is here stays.
  const current = ([name, version]: [string, string]) => (known.get(name)?.version ?? version) === version;
  return Object.entries(record.versions).every(current);
}

/** Notes the package lists that say the same as those of the build: the next call need not ask apt again. */
async function renewLists(record: BuildRecord, file: string, source: PackageSource): Promise<void> {
  const lists = await source.listsDigest();
  if (lists === record.lists) return;
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, encodeRecord({ ...record, lists }));
  await rename(fresh, file);
}

function encodeRecord(record: BuildRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/** The digest of the sources that decide what an image becomes: no version number to forget. */
async function digestBuilder(): Promise<string> {
  const names = (await readdir(builderFolder)).filter((name) => name.endsWith(".ts") && !name.endsWith("_test.ts"));
  const hash = createHash("sha256");
  for (const name of names.sort()) hash.update(`${name}\0`).update(await readFile(join(builderFolder, name)));
  return hash.digest("hex");
}

/** The digest of a file, empty when there is none. */
async function digestFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
  return hash.digest("hex");
}
