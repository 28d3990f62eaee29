import { formatFamiliar, type Reference } from "../../../registry/mod.ts";
import type { Engine } from "../../docker/mod.ts";
import type { DaemonStore } from "./daemon_store.ts";
import { ImageError } from "./image_error.ts";
import type { ResolvedImage } from "./image_lookup.ts";

/** How many layers Docker's storage drivers take on top of each other. */
const mostLayers = 125;

/** An image with too many layers would fail when all of them have been fetched (images contract J 7). */
export function assertLayers(image: string, { manifest }: ResolvedImage, store: DaemonStore): void {
  const { length } = manifest.layers;
  if (store.kind !== "graph" || length <= mostLayers) return;
  const found = `it has ${length} layers, and the daemon's storage driver ${store.driver} takes at most ${mostLayers}`;
  throw new ImageError("refused", image, found);
}

/** What naming takes. */
interface Named {
  readonly engine: Engine;
  readonly reference: Reference;
  readonly wanted: { readonly image: string };
  readonly signal: AbortSignal;
}

/**
 * Gives an image that the daemon has the name that was wanted, and gives what a container is created with. A digest is no
 * name that a daemon could be told; an image that was wanted by one gets a tag that says it, because images without any are
 * taken for rubbish, and is run by its id where the daemon does not know the digest (images contract D.4).
 */
export async function nameImage({ engine, reference, wanted, signal }: Named, id: string): Promise<string> {
  const { digest, domain, repository } = reference;
  if (digest === undefined) {
    await engine.tagImage(id, formatFamiliar(reference), { signal });
    return wanted.image;
  }
  const image = await engine.inspectImage(id, { signal });
  if (image?.RepoTags.length === 0) {
    const tag = digest.replace(":", "-").slice(0, digest.indexOf(":") + 13);
    await engine.tagImage(id, formatFamiliar({ domain, repository, tag }), { signal });
  }
  const found = await engine.inspectImage(wanted.image, { signal });
  return found?.Id === id ? wanted.image : id;
}
