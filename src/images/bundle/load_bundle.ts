import {
  type CopyListener,
  copyImage,
  type Digest,
  formatFamiliar,
  openTarSink,
  type Platform,
  type Reference,
  type Spool,
} from "../../../registry/mod.ts";
import { type Engine, EngineError, findImageStore, type ImageStore } from "../../docker/mod.ts";
import { openDaemonWriter, toArchiveName } from "../copy/daemon_archive.ts";
import type { BundledImage } from "./bundle.ts";

/** What images are loaded with. */
export interface LoadParts {
  readonly engine: Engine;
  /** Temporary files: layers that the daemon does not take as they are. */
  readonly spool: Spool;
  readonly platform: Platform;
}

/** An image that the daemon has now. */
export interface LoadedImage {
  /** As the daemon shows them; none for an image that came without a name. */
  readonly names: readonly string[];
  readonly id: string;
  /** `named`: the daemon had it, under other names; `present`: under the same. */
  readonly outcome: "loaded" | "named" | "present";
  /** Names that another image had until now, with its id. */
  readonly moved: readonly { readonly name: string; readonly from: string }[];
}

/** An image, and the names that it is to get. */
export interface WantedLoad {
  readonly image: BundledImage;
  readonly names: readonly Reference[];
}

/** Options of {@link loadImages}. */
export interface LoadOptions {
  readonly signal: AbortSignal;
  readonly listener?: CopyListener;
}

/** An image that is looked for. */
interface Sought {
  readonly image: BundledImage;
  /** The id that the daemon gives it. */
  readonly id: Digest;
  readonly references: readonly Reference[];
  readonly names: readonly string[];
  /** Id of the image that has each name. */
  readonly before: ReadonlyMap<string, string>;
  readonly isHere: boolean;
}

/**
 * Loads images of an archive into the daemon, all in one stream of the form that it keeps best, each layer once. What the
 * daemon has is only named. Throws RegistryError, EngineError, or the signal's reason; names are given last then, or not at all.
 */
export async function loadImages(
  wanted: readonly WantedLoad[],
  parts: LoadParts,
  options: LoadOptions,
): Promise<LoadedImage[]> {
  const { engine } = parts;
  const { signal } = options;
  const store = findImageStore(await engine.info({ signal }));
  const sought: Sought[] = [];
  for (const one of wanted) sought.push(await look(one, store, parts, signal));
  const missing = sought.filter(({ isHere }) => !isHere);
  const unnamed = (missing.length > 0 ? await send(missing, store, parts, options) : []).filter((text) => isId(text));
  const loaded: LoadedImage[] = [];
  for (const { id, names, before, isHere } of sought) {
    if (isHere) for (const name of names) if (before.get(name) !== id) await engine.tagImage(id, name, { signal });
    const isNew = names.some((name) => before.get(name) !== id);
    const found = isHere ? id : await findLoaded(engine, id, names[0] ?? unnamed.shift(), signal);
    loaded.push({
      names,
      id: found,
      outcome: isHere ? (isNew ? "named" : "present") : "loaded",
      moved: [...before].filter(([, from]) => from !== found).map(([name, from]) => ({ name, from })),
    });
  }
  return loaded;
}

/** A name by digest is none that a daemon could be told. */
async function look(
  { image, names }: WantedLoad,
  store: ImageStore,
  parts: LoadParts,
  signal: AbortSignal,
): Promise<Sought> {
  const { engine, platform } = parts;
  const ofManifest = async () => (await image.open(platform, { signal })).target;
  const id = store === "containerd" ? await ofManifest() : await image.findId(platform, { signal });
  const references = names.flatMap(({ digest: _, ...name }) => (name.tag === undefined ? [] : [name]));
  const familiar = [...new Set(references.map(formatFamiliar))];
  const before = new Map<string, string>();
  for (const name of familiar) {
    const found = await engine.inspectImage(name, { signal });
    if (found) before.set(name, found.Id);
  }
  const isHere = (await engine.inspectImage(id, { signal })) !== undefined;
  return { image, id, references, names: familiar, before, isHere };
}

/** Gives what the daemon says that it has loaded. */
async function send(
  images: readonly Sought[],
  store: ImageStore,
  parts: LoadParts,
  options: LoadOptions,
): Promise<string[]> {
  const { engine, platform, spool } = parts;
  const { signal, listener } = options;
  let said: string[] = [];
  await using sink = await openTarSink("the daemon", async (archive) => {
    said = await engine.loadImage(archive, { signal });
  });
  const writer = await openDaemonWriter(sink, store, spool);
  const target = { registry: writer.registry, repository: "image" };
  for (const { image, references } of images) {
    const source = await image.open(platform, { signal });
    const tags = references.map((one) => toArchiveName(one, store));
    await copyImage(source, target, source.target, { tags, signal, ...(listener ? { listener } : {}) });
  }
  await writer.finish();
  return said;
}

/** A daemon may have changed what it was given, and then called it otherwise. */
async function findLoaded(engine: Engine, id: Digest, said: string | undefined, signal: AbortSignal): Promise<string> {
  const found = await engine.inspectImage(id, { signal });
  if (found) return found.Id;
  const named = said === undefined ? undefined : await engine.inspectImage(said, { signal });
  if (named) return named.Id;
  throw new EngineError("failed", `Cannot load image "${id}": the daemon took it, and does not have it now`);
}

function isId(text: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{64}$/.test(text);
}
