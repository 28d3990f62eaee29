import { type ImageManifest, layerPackingOf } from "../../../registry/mod.ts";
import type { LayerForm } from "../config/pull_way.ts";
import type { DaemonStore } from "./daemon_store.ts";
import { ImageError } from "./image_error.ts";

/**
 * The form for an image: what was wished, else what suits the daemon (decision 0020); layers that are not compressed stay as
 * they are. In containerd's store an image is what its manifest hashes to, so that one with other layers would be another
 * image: throws {@link ImageError} `refused` when that was wished.
 */
export function chooseLayerForm(
  image: string,
  wish: LayerForm | undefined,
  { layers }: Pick<ImageManifest, "layers">,
  store: Pick<DaemonStore, "kind">,
): LayerForm {
  if (layers.every(({ mediaType }) => (layerPackingOf(mediaType) ?? "tar") === "tar")) return "compressed";
  if (store.kind === "containerd") {
    if (wish !== "raw") return "compressed";
    const found = 'the daemon keeps images in containerd\'s store, which takes no layers "raw"';
    throw new ImageError(
      "refused",
      image,
      `${found}: use "compressed" (--layers, MESOS_DOCKER_LAYERS, or pull.layers of the configuration)`,
    );
  }
  return wish ?? "raw";
}
