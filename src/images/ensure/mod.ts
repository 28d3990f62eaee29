// Gets images into the daemon (docs/pulling.md). It knows no Mesos.
export { findDirectAuth } from "./direct_auth.ts";
export type { EnsuredImage, EnsureOptions, EnsureParts, WantedImage } from "./ensure_context.ts";
export { ensureImage } from "./ensure_image.ts";
export { openHostRoute } from "./host_route.ts";
export { ImageError, type ImageErrorCode, toImageError } from "./image_error.ts";
export { type ImageRoute, toRoute } from "./image_route.ts";
export type { LayerProgress } from "./pull_book.ts";
export { type PulledLayer, PulledLayers, type PulledProgress } from "./pulled_layers.ts";
export { listStateFolders } from "./state_folder.ts";
