import {
  copyImage,
  type Digest,
  eachAtOnce,
  formatFamiliar,
  openTarSink,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../../../registry/mod.ts";
import { identityOf } from "../../../registry/values/reference.ts";
import type { Engine } from "../../docker/mod.ts";
import type { Log } from "../../runtime/log.ts";
import { openGraphWriter } from "../copy/daemon_archive.ts";
import { openTemporarySpool } from "../copy/temporary_spool.ts";
import type { DaemonStore } from "./daemon_store.ts";
import type { EnsuredImage, EnsureOptions, EnsureParts } from "./ensure_context.ts";
import { ImageLookup, type ResolvedImage } from "./image_lookup.ts";
import { ManifestBook } from "./manifest_book.ts";
import { assertLayers } from "./naming.ts";
import { noteArrival } from "./note_arrival.ts";
import { PullBook } from "./pull_book.ts";
import { PullPlace } from "./pull_place.ts";
import { assertSpace } from "./space.ts";
import { openStateFolder } from "./state_folder.ts";

/** An image that lacks so little that it is held in memory on its way. */
export interface SmallImage {
  /** A reference, not by digest. */
  readonly image: string;
  /** Its layers that the daemon does not have. */
  readonly lacking: ReadonlySet<Digest>;
  readonly parts: EnsureParts;
  readonly onProgress?: EnsureOptions["onProgress"];
}

/** What they are got with. */
export interface TogetherOptions {
  readonly engine: Pick<Engine, "loadImage">;
  /** That of a storage driver. */
  readonly store: DaemonStore;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Images of which the bytes come at once. */
const fetchedAtOnce = 8;

/**
 * Gets small images into a daemon with a storage driver by one load, without the layers that it has (decision 0025). Gives those that came, by
 * their references. What cannot come so is left out: it is to be ensured alone, which tells why it cannot be had at all. Throws the
 * signal's reason only.
 */
export async function ensureTogether(
  images: readonly SmallImage[],
  options: TogetherOptions,
): Promise<ReadonlyMap<string, EnsuredImage>> {
  const { signal, log } = options;
  await using opened = new AsyncDisposableStack();
  const fetched = new Map<SmallImage, FetchedImage>();
  const first = findFirst(images);
  await eachAtOnce(images, fetchedAtOnce, async (image) => {
    const isOwn = (layer: Digest) => first.get(layer) === image;
    try {
      const one = await fetchSmall(image, isOwn, options);
      if (one) fetched.set(image, opened.use(one));
    } catch (error) {
      signal.throwIfAborted();
      log.debug("an image comes alone", { image: image.image, error: String(error) });
    }
  });
  // In the order in which they are wanted.
  const ready = images.flatMap((image) => fetched.get(image) ?? []);
  try {
    const names = ready.length > 0 ? await load(ready, options) : new Set<string>();
    const come = ready.filter((one) => names.has(one.name));
    return new Map(await Promise.all(come.map(async (one) => [one.wanted.image, await note(one)] as const)));
  } catch (error) {
    signal.throwIfAborted();
    log.debug("images come one by one", { images: ready.length, error: String(error) });
    return new Map();
  }
}

/** By which image each layer comes: the first that lacks it. */
function findFirst(images: readonly SmallImage[]): ReadonlyMap<Digest, SmallImage> {
  const first = new Map<Digest, SmallImage>();
  for (const image of images) for (const digest of image.lacking) if (!first.has(digest)) first.set(digest, image);
  return first;
}

/** An image whose bytes have come, and that nobody else on this host pulls until disposed of. */
interface FetchedImage extends AsyncDisposable {
  readonly wanted: SmallImage;
  readonly reference: Reference;
  /** As the daemon shows it. */
  readonly name: string;
  readonly folder: string;
  readonly resolved: ResolvedImage;
  readonly lookup: ImageLookup;
  readonly bytes: number;
}

/** Fetches the layers that are an image's own. Undefined when somebody else pulls it, or has begun to. */
async function fetchSmall(
  wanted: SmallImage,
  isOwn: (layer: Digest) => boolean,
  { store, signal }: TogetherOptions,
): Promise<FetchedImage | undefined> {
  const { image, onProgress, parts } = wanted;
  const { state, clock, openRoute } = parts;
  await using opened = new AsyncDisposableStack();
  const reference = withDefaultTag(parseReference(image));
  const folder = await openStateFolder(state);
  let book: PullBook | undefined;
  const lookup = opened.use(
    new ImageLookup(image, opened.use(await openRoute(reference)), (...came) => book?.came(...came)),
  );
  const resolved = await lookup.resolve(identityOf(reference), store.platform, { signal });
  const { manifest, own } = resolved;
  assertLayers(image, resolved, store);
  const place = new PullPlace(folder, store.daemon, own.descriptor.digest);
  await place.open();
  const lock = await place.tryLock(clock);
  if (!lock) return undefined;
  opened.use(lock);
  if (await place.read()) return undefined;
  await lookup.readConfig(manifest, { signal });
  const layers = manifest.layers.filter(({ digest }) => isOwn(digest));
  book = new PullBook(layers, { clock, tell: (progress) => onProgress?.(progress) });
  // What an earlier one was to bring, and could not, comes while this one is sent.
  for (const { digest } of layers) await lookup.fetch(digest, { signal });
  const held = opened.move();
  return {
    ...{ wanted, reference, folder, resolved, lookup, name: formatFamiliar(reference), bytes: book.fetchedBytes },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** Gives the names that the daemon says it has loaded. */
async function load(images: readonly FetchedImage[], options: TogetherOptions): Promise<ReadonlySet<string>> {
  const { engine, store, signal, log } = options;
  const layers = images.flatMap(({ resolved }) => resolved.manifest.layers);
  const lacking = new Set(images.flatMap(({ wanted }) => [...wanted.lacking]));
  const held = new Set(layers.flatMap(({ digest }) => (lacking.has(digest) ? [] : [digest])));
  const sent = layers.filter(({ digest }) => lacking.has(digest));
  const places = { cache: images[0]?.folder ?? "", store, given: "compressed" as const };
  await assertSpace(`${images.length} images`, { layers: sent }, places, async () => 0);
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

async function note({ wanted, folder, resolved, bytes }: FetchedImage): Promise<EnsuredImage> {
  const { image, parts } = wanted;
  const id = resolved.manifest.config.digest;
  await new ManifestBook(folder).tryToRemember(resolved, parts.log);
  await noteArrival({ ...parts, folder, wanted: { image, pull: "missing" } }, id);
  return { id, name: image, outcome: "pulled", bytes };
}
