import {
  copyImage,
  type Descriptor,
  type Digest,
  eachAtOnce,
  formatFamiliar,
  openTarSink,
  parseReference,
  withDefaultTag,
} from "../../../registry/mod.ts";
import { isForeignLayer } from "../../../registry/values/media_type.ts";
import { identityOf } from "../../../registry/values/reference.ts";
import type { Engine } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { openGraphWriter } from "../copy/daemon_archive.ts";
import { openTemporarySpool } from "../copy/temporary_spool.ts";
import type { DaemonStore } from "./daemon_store.ts";
import type { EnsuredImage, EnsureOptions, EnsureParts } from "./ensure_context.ts";
import { ImageLookup, type ResolvedImage } from "./image_lookup.ts";
import { ManifestBook } from "./manifest_book.ts";
import { noteArrival } from "./note_arrival.ts";
import { readDiffIds } from "./present_layers.ts";
import { PullBook } from "./pull_book.ts";
import { PullPlace } from "./pull_place.ts";
import { assertSpace } from "./space.ts";
import { openStateFolder } from "./state_folder.ts";

/** An image that lacks so little that it is held in memory on its way. */
export interface SmallImage {
  /** A reference, not by digest. */
  readonly image: string;
  /** The id that it is to have, by what its registry has said. */
  readonly id: string;
  /** Its layers that the daemon does not have. */
  readonly lacking: readonly Descriptor[];
  readonly parts: EnsureParts;
  readonly onProgress: NonNullable<EnsureOptions["onProgress"]>;
  /** Aborted when nobody wants it any more. */
  readonly signal: AbortSignal;
}

/** What they are got with. */
export interface TogetherOptions {
  readonly engine: Pick<Engine, "loadImage">;
  /** That of a storage driver. */
  readonly store: DaemonStore;
  /** Folders for what processes of this host share; the first that can be had is taken. */
  readonly state: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface EnsuredTogether {
  /** Those that came, by their references. */
  readonly come: ReadonlyMap<string, EnsuredImage>;
  /** Whether the daemon has not taken what it was given. */
  readonly isRefused: boolean;
}

/** Images of which the bytes come at once. */
const fetchedAtOnce = 4;

/** How long bytes are waited for; who has all of its own by then goes on. */
const longestFetchMs = 30_000;

/**
 * Gets small images into a daemon with a storage driver by one load, without the layers that it has (decision 0025). What cannot come so is left
 * out: it is to be ensured alone, which tells why it cannot be had at all. Throws the signal's reason, and errors of the file system.
 */
export async function ensureTogether(
  images: readonly SmallImage[],
  options: TogetherOptions,
): Promise<EnsuredTogether> {
  const { signal, store, log } = options;
  const folder = await openStateFolder(options.state);
  await using opened = new AsyncDisposableStack();
  const ready: FetchedImage[] = [];
  try {
    const layers = new Map(images.flatMap(({ lacking }) => lacking.map((layer) => [layer.digest, layer])));
    const places = { cache: folder, store, given: "compressed" } as const;
    await assertSpace(`${images.length} images`, { layers: [...layers.values()] }, places, async () => 0);
    for (const one of await fetchAll(images, opened, options)) {
      const lock = await lockPull(one, folder, options);
      if (!lock) continue;
      opened.use(lock);
      ready.push(one);
    }
  } catch (error) {
    signal.throwIfAborted();
    log.debug("images come one by one", { images: images.length, error: String(error) });
  }
  if (ready.length === 0) return { come: new Map(), isRefused: false };
  try {
    const names = await load(ready, options);
    const come = ready.filter((one) => names.has(one.name));
    const noted = await Promise.all(come.map(async (one) => [one.wanted.image, await note(one, folder)] as const));
    return { come: new Map(noted), isRefused: false };
  } catch (error) {
    signal.throwIfAborted();
    log.warn("the daemon does not take images together, they come one by one", { error: String(error) });
    return { come: new Map(), isRefused: true };
  }
}

/** An image whose bytes have come. */
interface FetchedImage {
  readonly wanted: SmallImage;
  /** As the daemon shows it. */
  readonly name: string;
  readonly resolved: ResolvedImage;
  readonly lookup: ImageLookup;
  /** Bytes that came of it. */
  readonly book: Pick<PullBook, "fetchedBytes">;
}

/** Those whose bytes come in time, in the order in which they are wanted. */
async function fetchAll(
  images: readonly SmallImage[],
  opened: AsyncDisposableStack,
  { store, clock, log, signal }: TogetherOptions,
): Promise<readonly FetchedImage[]> {
  const late = new AbortController();
  const timer = clock.schedule(longestFetchMs, () => late.abort(new Error("its bytes did not come in time")));
  const first = findFirst(images);
  const fetched = new Map<SmallImage, FetchedImage>();
  try {
    await eachAtOnce(images, fetchedAtOnce, async (image) => {
      try {
        const isOwn = ({ digest }: Descriptor) => first.get(digest) === image;
        const until = AbortSignal.any([signal, image.signal, late.signal]);
        fetched.set(image, await fetchSmall(image, { isOwn, store, signal: until, opened }));
      } catch (error) {
        signal.throwIfAborted();
        log.debug("an image comes alone", { image: image.image, error: String(error) });
      }
    });
  } finally {
    timer.cancel();
  }
  return images.flatMap((image) => (image.signal.aborted ? [] : (fetched.get(image) ?? [])));
}

/** By which image each layer comes: the first that lacks it. */
function findFirst(images: readonly SmallImage[]): ReadonlyMap<Digest, SmallImage> {
  const first = new Map<Digest, SmallImage>();
  for (const image of images) {
    for (const { digest } of image.lacking) if (!first.has(digest)) first.set(digest, image);
  }
  return first;
}

/** Fetches the layers that are an image's own; throws when it is not what it was planned to be, or nothing that a load can bring. */
async function fetchSmall(
  wanted: SmallImage,
  parts: {
    readonly isOwn: (layer: Descriptor) => boolean;
    readonly store: DaemonStore;
    readonly signal: AbortSignal;
    readonly opened: AsyncDisposableStack;
  },
): Promise<FetchedImage> {
  const { image, id, lacking, onProgress } = wanted;
  const { openRoute, clock } = wanted.parts;
  const { isOwn, store, opened, signal } = parts;
  const reference = withDefaultTag(parseReference(image));
  let book: PullBook | undefined;
  const route = opened.use(await openRoute(reference));
  const lookup = opened.use(new ImageLookup(image, route, (...came) => book?.came(...came)));
  const resolved = await lookup.resolve(identityOf(reference), store.platform, { signal });
  const { manifest } = resolved;
  const has = (layer: Descriptor) => manifest.layers.some(({ digest }) => digest === layer.digest);
  if (manifest.config.digest !== id || !lacking.every(has)) throw new Error("its tag has moved meanwhile");
  if (manifest.layers.some(({ mediaType }) => isForeignLayer(mediaType))) {
    throw new Error("its layers are not all in a registry");
  }
  const diffIds = readDiffIds(await lookup.readConfig(manifest, { signal }));
  if (diffIds.length !== manifest.layers.length) throw new Error("its configuration tells of other layers");
  const layers = manifest.layers.filter(isOwn);
  book = new PullBook(layers, { clock, tell: onProgress });
  // What an earlier image was to bring, and could not, comes while this one is given to the daemon.
  for (const layer of layers) await lookup.fetch(layer, { signal });
  return { wanted, resolved, lookup, book, name: formatFamiliar(reference) };
}

/** Undefined when somebody on this host pulls the image, or was killed while it did. */
async function lockPull(
  { resolved: { own } }: FetchedImage,
  folder: string,
  { store, clock }: TogetherOptions,
): Promise<AsyncDisposable | undefined> {
  const place = new PullPlace(folder, store.daemon, own.descriptor.digest);
  await place.open();
  const lock = await place.tryLock(clock);
  if (!lock || (await place.read()) === undefined) return lock;
  await lock[Symbol.asyncDispose]();
  return undefined;
}

/** Gives the names that the daemon says it has loaded. */
async function load(
  images: readonly FetchedImage[],
  { engine, log, signal }: TogetherOptions,
): Promise<ReadonlySet<string>> {
  const lacking = new Set(images.flatMap(({ wanted }) => wanted.lacking.map(({ digest }) => digest)));
  const layers = images.flatMap(({ resolved }) => resolved.manifest.layers);
  const held = new Set(layers.flatMap(({ digest }) => (lacking.has(digest) ? [] : [digest])));
  let said: readonly string[] = [];
  await using spool = await openTemporarySpool(log, { signal });
  await using sink = await openTarSink("the daemon", async (archive) => {
    said = await engine.loadImage(archive, { signal });
  });
  const writer = openGraphWriter(sink, { spool, isHeld: (digest) => held.has(digest) });
  const target = { registry: writer.registry, repository: "image" };
  for (const { lookup, resolved, name } of images) {
    await copyImage(lookup.place, target, resolved.own.descriptor.digest, { tags: [name], signal });
  }
  await writer.finish();
  return new Set(said);
}

async function note({ wanted, resolved, book }: FetchedImage, folder: string): Promise<EnsuredImage> {
  const { image, id, parts } = wanted;
  await new ManifestBook(folder).tryToRemember(resolved, parts.log);
  await noteArrival({ ...parts, folder, wanted }, id);
  return { id, name: image, outcome: "pulled", bytes: book.fetchedBytes };
}
