import type { LayerForm } from "../config/pull_way.ts";
import type { EnsureContext } from "./ensure_context.ts";
import { ImageError } from "./image_error.ts";
import type { ResolvedImage } from "./image_lookup.ts";
import { chooseLayerForm } from "./layer_form.ts";
import { countPresentLayers, listLayerChains, readDiffIds } from "./present_layers.ts";
import { type RawImage, toRawImage } from "./raw_image.ts";
import { assertSpace } from "./space.ts";

/** An image, and how more is found out about it. */
interface Wanted extends ResolvedImage {
  readonly readConfig: () => Promise<Uint8Array>;
}

/**
 * The image with its layers unpacked, when the daemon is to be given it so, and undefined when it is given what its registry
 * has. There is room for what it is given: throws {@link ImageError} `space` else, and `refused`.
 */
export async function findRawImage(
  context: EnsureContext,
  image: Wanted,
  places: { readonly cache: string },
): Promise<RawImage | undefined> {
  const { engine, wanted, layers, store, log, signal } = context;
  const assertRoom = async (given: LayerForm) =>
    await assertSpace(wanted.image, image.manifest, { ...places, store, given }, async () =>
      countPresentLayers(await listLayerChains(engine, { signal }), readDiffIds(await image.readConfig())),
    );
  if (chooseLayerForm(wanted.image, layers, image.manifest, store) === "raw") {
    const raw = toRawImage(image, await image.readConfig());
    if (raw === undefined) {
      log.warn("the layers go to the daemon as they are: it cannot be told what they unpack to", {
        image: wanted.image,
      });
    } else if (layers === "raw") {
      await assertRoom("raw");
      return raw;
    } else if (await hasRoom(assertRoom("raw"))) {
      return raw;
    }
  }
  await assertRoom("compressed");
  return undefined;
}

async function hasRoom(asserted: Promise<void>): Promise<boolean> {
  try {
    await asserted;
    return true;
  } catch (error) {
    if (error instanceof ImageError && error.code === "space") return false;
    throw error;
  }
}
