import { stat, statfs } from "node:fs/promises";
import type { ImageManifest } from "../../../registry/mod.ts";
import { layerPackingOf } from "../../../registry/mod.ts";
import type { LayerForm } from "../config/pull_way.ts";
import type { DaemonStore } from "./daemon_store.ts";
import { ImageError } from "./image_error.ts";

/** How many times as large as its packed form a layer is, by experience. */
const growth = { tar: 1, gzip: 2.5, zstd: 3 } as const;

/** Bytes that layers take on their way and in the end. */
export interface NeededSpace {
  readonly packed: number;
  /** Estimated: nobody says. */
  readonly unpacked: number;
}

/** What the layers of an image take. */
export function measureLayers({ layers }: Pick<ImageManifest, "layers">): NeededSpace {
  const packed = layers.reduce((sum, { size }) => sum + size, 0);
  const unpacked = layers.reduce(
    (sum, { mediaType, size }) => sum + size * growth[layerPackingOf(mediaType) ?? "tar"],
    0,
  );
  return { packed, unpacked: Math.ceil(unpacked) };
}

/** Where room is wanted. */
export interface SpacePlaces {
  /** Folder of what is on its way. */
  readonly cache: string;
  readonly store: DaemonStore;
  /** How the daemon is given the layers, which it keeps so until they are extracted. */
  readonly given: LayerForm;
}

/**
 * Looks whether there is room for an image before a byte of it is fetched (images contract J 54): for the packed layers in
 * `cache` and, as they are given, in the daemon's folder, and for the unpacked ones there; what lies on one file system is added up. A daemon
 * whose folder is not seen from here is not judged. `countPresent` is asked when there is not room for all: how many of the
 * lowest layers the daemon has already, of another image. Throws {@link ImageError} `space` with the numbers.
 */
export async function assertSpace(
  image: string,
  { layers }: Pick<ImageManifest, "layers">,
  places: SpacePlaces,
  countPresent: () => Promise<number>,
): Promise<void> {
  if ((await findShortage(measureLayers({ layers }), places)) === undefined) return;
  const missing = layers.slice(await countPresent());
  const found = await findShortage(measureLayers({ layers: missing }), places);
  if (found !== undefined) throw new ImageError("space", image, found);
}

/** What there is not room for; undefined when there is. */
async function findShortage({ packed, unpacked }: NeededSpace, places: SpacePlaces): Promise<string | undefined> {
  const needs = new Map<number, { path: string; bytes: number }>();
  const add = async (path: string, bytes: number) => {
    const device = await deviceOf(path);
    if (device === undefined) return;
    const known = needs.get(device);
    needs.set(device, { path: known?.path ?? path, bytes: bytes + (known?.bytes ?? 0) });
  };
  await add(places.store.folder, (places.given === "raw" ? unpacked : packed) + unpacked);
  await add(places.cache, packed);
  for (const { path, bytes } of needs.values()) {
    const { bavail, bsize } = await statfs(path);
    const free = bavail * bsize;
    if (bytes <= free) continue;
    const parts = `${toMegabytes(packed)} packed, about ${toMegabytes(unpacked)} unpacked`;
    return `it needs about ${toMegabytes(bytes)} at "${path}" (${parts}), where ${toMegabytes(free)} are free`;
  }
  return undefined;
}

async function deviceOf(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ dev }) => dev,
    () => undefined,
  );
}

function toMegabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
