import type { ImageStore, ImageSummary } from "../../docker/mod.ts";
import { digestOf, meansImage, type NamedImage, toFullName } from "../image_name.ts";
import { isPinnedBy, type PinnableImage } from "../pins/pin.ts";
import type { WarmRecord } from "../state/records.ts";
import type { ContainerUse } from "./container_use.ts";
import type { HostRecords } from "./host_records.ts";
import type { ImageFacts } from "./image_facts.ts";
import type { ImageOrigin, ImageUser, Inventory, InventoryImage } from "./inventory.ts";
import type { KnownManifests } from "./known_manifests.ts";
import { LayerGraph } from "./layer_graph.ts";
import { agreeOnSizes } from "./layer_sizes.ts";
import type { UsageBook } from "./usage_book.ts";
import { joinWarmed } from "./warmed_image.ts";

/** All that an inventory is made of. */
export interface InventorySources {
  readonly store: ImageStore;
  readonly listed: readonly ImageSummary[];
  readonly facts: ReadonlyMap<string, ImageFacts>;
  readonly containers: ContainerUse;
  readonly records: HostRecords;
  /** Of the digests that pins and leases name. */
  readonly manifests: KnownManifests;
  readonly book: UsageBook;
  readonly nowMs: number;
}

/** Makes one inventory of what daemon, files and usage say; what they say of use is noted in the book. */
export function assembleInventory(sources: InventorySources): Inventory {
  const { store, listed, facts, records, nowMs } = sources;
  const sized = agreeOnSizes(listed.flatMap(({ Id }) => facts.get(Id) ?? []));
  const graph = new LayerGraph(sized);
  const made = new Map(sized.map((image) => [image.id, image]));
  const launches = indexLaunches(records);
  const images = listed.map((image): InventoryImage => {
    const { layers = [], certainty = "estimated" } = made.get(image.Id) ?? {};
    return {
      ...describe(image, { ...sources, launches }),
      layers,
      certainty,
      uniqueBytes: graph.uniqueBytes(image.Id),
    };
  });
  const missing = records.warm.filter((record) => !images.some((image) => isWarmedBy(record, image)));
  return { takenMs: nowMs, store, images, totalBytes: graph.totalBytes, missing: joinWarmed(missing) };
}

function describe(
  image: ImageSummary,
  sources: InventorySources & { launches: Launches },
): Omit<InventoryImage, "layers" | "certainty" | "uniqueBytes"> {
  const { records, containers, book } = sources;
  const named = toPinnable(image, sources.manifests);
  noteUse(named, sources);
  const usage = book.find(image.Id);
  return {
    ...{ id: named.id, names: named.names, digests: named.digests, labels: named.labels },
    sizeBytes: image.Size,
    users: findUsers(named, containers),
    pins: records.pins.filter((pin) => isPinnedBy(pin, named)),
    leases: records.leases.filter(({ references }) => references.some((text) => meansImage(text, named))),
    warm: records.warm.filter((record) => isWarmedBy(record, named)),
    origin: findOrigin(named, sources),
    arrivedMs: usage?.arrivedMs ?? sources.nowMs,
    ...(usage?.lastUsedMs === undefined ? {} : { lastUsedMs: usage.lastUsedMs }),
  };
}

/** An image of the daemon, as pins see it. */
export function toPinnable({ Id, RepoTags, RepoDigests, Labels }: ImageSummary, known: KnownManifests): PinnableImage {
  return { id: Id, names: RepoTags, digests: RepoDigests, labels: Labels, manifests: known.get(Id) ?? [] };
}

function noteUse({ id, names, digests }: NamedImage, sources: InventorySources & { launches: Launches }): void {
  const { book, facts, nowMs, launches } = sources;
  const taggedMs = facts.get(id)?.taggedMs;
  if (taggedMs !== undefined && taggedMs <= nowMs) book.noteArrival(id, taggedMs);
  book.noteSeen(id, nowMs);
  for (const key of [id, ...[...names, ...digests].flatMap((name) => [toFullName(name), digestOf(name) ?? ""])]) {
    const atMs = launches.get(key);
    if (atMs !== undefined && atMs <= nowMs) book.noteUsed(id, atMs);
  }
}

/** When launches have last used an image: by its id where they knew it, else by its name and digest. */
type Launches = ReadonlyMap<string, number>;

function indexLaunches({ uses }: HostRecords): Launches {
  const launches = new Map<string, number>();
  for (const { reference, imageId, atMs } of uses) {
    const keys = imageId === undefined ? [toFullName(reference), digestOf(reference) ?? ""] : [imageId];
    for (const key of keys.filter((one) => one !== "")) launches.set(key, Math.max(atMs, launches.get(key) ?? 0));
  }
  return launches;
}

/** By id, and by the name that its creator gave, as long as that still leads here. */
function findUsers({ id, names, digests }: NamedImage, { users }: ContainerUse): ImageUser[] {
  const found = [id, ...names, ...digests].flatMap((key) => users.get(key) ?? []);
  return [...new Map(found.map((user) => [user.containerId, user])).values()];
}

/** A reference that leads to another image by now protects the one that was fetched as well as that one. */
function isWarmedBy({ imageId, reference }: WarmRecord, image: NamedImage): boolean {
  return image.id === imageId || meansImage(reference, image);
}

/**
 * A storage driver's image has a name with a digest only when a registry has it; containerd's has one in any case, and what
 * was seen to bring it decides.
 */
function findOrigin(image: NamedImage, { store, records, book }: InventorySources): ImageOrigin {
  const seen = book.find(image.id)?.origin;
  if (seen === "registry" || records.arrivals.some(({ imageId }) => imageId === image.id)) return "registry";
  if (store === "graph") return image.digests.length > 0 ? "registry" : "none";
  return seen ?? "registry";
}
