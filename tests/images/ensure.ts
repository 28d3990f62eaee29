import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Engine } from "../../src/docker/engine.ts";
import type { Log } from "../../src/runtime/log.ts";
import { aptSource } from "./apt.ts";
import { busyboxRecipe, type Recipe, redisRecipe } from "./recipes.ts";
import { type StoredImage, storeImage } from "./store.ts";

/** The names of the test images in the daemon. */
export interface TestImages {
  readonly busybox: string;
  readonly redis: string;
}

/** Options of {@link ensureImages}. */
export interface EnsureOptions {
  readonly log: Log;
  readonly signal?: AbortSignal;
  /** Folder for the archives; `.cache/images` of the project, which git ignores, by default. */
  readonly cache?: string;
}

const projectCache = fileURLToPath(new URL("../../.cache/images", import.meta.url));

/**
 * Sees to it that the daemon has the images that tests run, made from this machine's Debian packages without any
 * registry. Archives are kept in the cache; what the daemon has already is not loaded again. Throws `PackageError`,
 * `EngineError`.
 */
export async function ensureImages(
  engine: Pick<Engine, "inspectImage" | "loadImage">,
  options: EnsureOptions,
): Promise<TestImages> {
  const { log, signal, cache = projectCache } = options;
  await mkdir(cache, { recursive: true });
  const index = await mkdtemp(join(cache, "index-"));
  try {
    const source = aptSource({ log, index });
    const ensure = async (recipe: Recipe) => {
      const stored = await storeImage(recipe, { source, log, cache });
      signal?.throwIfAborted();
      await load(engine, stored, options);
      return stored.reference;
    };
    return { busybox: await ensure(busyboxRecipe), redis: await ensure(redisRecipe) };
  } finally {
    await rm(index, { recursive: true, force: true });
  }
}

async function load(
  engine: Pick<Engine, "inspectImage" | "loadImage">,
  image: StoredImage,
  options: EnsureOptions,
): Promise<void> {
  const { log, signal } = options;
  const present = await engine.inspectImage(image.reference, { signal });
  if (present?.Id === image.id) return;
  log.info("Loading a test image into the daemon", { image: image.reference });
  await engine.loadImage(createReadStream(image.archive), { signal });
}
