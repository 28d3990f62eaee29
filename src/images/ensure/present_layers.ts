import type { Engine } from "../../docker/mod.ts";

/**
 * How many of the lowest layers of an image a daemon has already, of whichever image: layers are told apart by what lies
 * under them as well. Looks at every image, so it is only for who has to know.
 */
export async function countPresentLayers(
  engine: Engine,
  diffIds: readonly string[],
  options: { signal: AbortSignal },
): Promise<number> {
  let most = 0;
  for (const { Id } of await engine.listImages(options)) {
    const layers = (await engine.inspectImage(Id, options))?.Layers ?? [];
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
