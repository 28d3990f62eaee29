import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { removeAbandoned } from "../../../registry/layout/abandoned_files.ts";
import { orUndefined, writeDurably } from "../../../registry/layout/durable_file.ts";
import { choosePlatform, type Digest, type Manifest, type Platform, parseManifest } from "../../../registry/mod.ts";
import { algorithmOf, digestOf } from "../../../registry/values/digest.ts";
import type { Log } from "../../runtime/log.ts";
import type { DaemonStore } from "./daemon_store.ts";
import type { ResolvedImage } from "./image_lookup.ts";

/** Most manifests that are kept; of a few kilobytes each. */
const mostManifests = 2000;

/**
 * Manifests of images that were pulled. A daemon whose images are named by their configurations does not know again what
 * was pulled by digest from us; the manifest tells. Its name is its digest, so that nobody has to be trusted with the file.
 */
export class ManifestBook {
  readonly #folder: string;

  constructor(state: string) {
    this.#folder = join(state, "manifests");
  }

  /** Keeps what leads from a digest to an image. */
  async remember({ top, own }: ResolvedImage): Promise<void> {
    for (const { descriptor, bytes } of top === own ? [own] : [top, own]) await this.#write(descriptor.digest, bytes);
    if (mayPrune(own.descriptor.digest)) await this.#prune();
  }

  /** Keeps it where that can be done; else it is told. */
  async tryToRemember(resolved: ResolvedImage, log: Log): Promise<void> {
    await this.remember(resolved).catch((error: unknown) => {
      log.warn("a manifest cannot be kept", { error: String(error) });
    });
  }

  /** The id that the image of a digest has in a daemon; undefined when the digest was never seen. */
  async findId(digest: Digest, store: DaemonStore, platform: Platform): Promise<Digest | undefined> {
    if (store.kind === "containerd") return digest;
    const top = await this.#read(digest);
    if (top?.kind !== "index") return top?.config.digest;
    const chosen = choosePlatform(top.manifests, platform);
    const own = chosen && (await this.#read(chosen.digest));
    return own?.kind === "image" ? own.config.digest : undefined;
  }

  /** Ids that images of a digest have with a storage driver, whatever they are made for, as far as they were seen here. */
  async listIds(digest: Digest): Promise<readonly Digest[]> {
    const top = await this.#read(digest);
    if (top?.kind !== "index") return top ? [top.config.digest] : [];
    const below = await Promise.all(top.manifests.map((one) => this.#read(one.digest)));
    return below.flatMap((one) => (one?.kind === "image" ? [one.config.digest] : []));
  }

  async #write(digest: Digest, bytes: Uint8Array): Promise<void> {
    const write = () => writeDurably(this.#path(digest), bytes, "none");
    const isThere = await orUndefined(write().then(() => true));
    if (isThere) return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await write();
  }

  async #read(digest: Digest): Promise<Manifest | undefined> {
    const bytes = await orUndefined(readFile(this.#path(digest)));
    return bytes && digestOf(bytes, algorithmOf(digest)) === digest ? parseManifest(bytes, "") : undefined;
  }

  /** The oldest go; who needs one of them again asks the registry. */
  async #prune(): Promise<void> {
    const names = await readdir(this.#folder);
    await removeAbandoned(this.#folder, names);
    if (names.length <= mostManifests) return;
    const paths = names.map((name) => join(this.#folder, name));
    const aged = await Promise.all(paths.map(async (path) => ({ path, at: await changedAt(path) })));
    const oldest = aged.sort((one, other) => one.at - other.at).slice(0, names.length - mostManifests / 2);
    await Promise.all(oldest.map(({ path }) => rm(path, { force: true })));
  }

  #path(digest: Digest): string {
    return join(this.#folder, digest.replace(":", "-"));
  }
}

/** Whether it is looked for manifests that are too many: with one in sixteen, since that reads the whole folder. */
function mayPrune(digest: Digest): boolean {
  return digest.endsWith("0");
}

/** Zero for a file that somebody else has removed. */
async function changedAt(path: string): Promise<number> {
  return await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
