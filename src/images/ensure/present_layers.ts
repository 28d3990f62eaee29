import type { Engine } from "../../docker/mod.ts";

/** Of each image that a daemon has, its unpacked layers, lowest first. Looks at every image, so it is only for who has to know. */
export async function listLayerChains(engine: Engine, options: { signal: AbortSignal }): Promise<readonly string[][]> {
  return await readLayerChains(engine, await engine.listImages(options), options);
}

/** Of each of these images, its unpacked layers, lowest first. */
export async function readLayerChains(
  engine: Engine,
  images: readonly { readonly Id: string }[],
  options: { signal: AbortSignal },
): Promise<readonly string[][]> {
  const chains: string[][] = [];
  for (const { Id } of images) {
    chains.push([...((await engine.inspectImage(Id, options))?.Layers ?? [])]);
  }
  return chains;
}

/**
 * How many of the lowest layers of an image are there already, of whichever image: layers are told apart by what lies under
 * them as well.
 */
export function countPresentLayers(chains: readonly (readonly string[])[], diffIds: readonly string[]): number {
  let most = 0;
  for (const layers of chains) {
    const different = diffIds.findIndex((diffId, index) => layers[index] !== diffId);
    most = Math.max(most, different < 0 ? diffIds.length : different);
  }
  return most;
}

/** Digests of the unpacked layers that an image's configuration names, lowest first. Throws SyntaxError. */
export function readDiffIds(config: Uint8Array): string[] {
  const document: unknown = JSON.parse(new TextDecoder().decode(config));
  const { rootfs } = Object(document) as { rootfs?: unknown };
  const { diff_ids: diffIds } = Object(rootfs) as { diff_ids?: unknown };
  if (!Array.isArray(diffIds)) throw new SyntaxError("Cannot read the configuration of an image: it names no layers");
  return diffIds.map(String);
}
