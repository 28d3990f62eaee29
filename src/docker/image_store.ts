import type { EngineInfo } from "./engine_documents.ts";

/** What keeps a daemon's images: a storage driver, or containerd. Ids and sizes mean something else in each. */
export type ImageStore = "graph" | "containerd";

/** What keeps a daemon's images, by what it says of itself. */
export function findImageStore({ DriverStatus }: Pick<EngineInfo, "DriverStatus">): ImageStore {
  return DriverStatus["driver-type"] === "io.containerd.snapshotter.v1" ? "containerd" : "graph";
}
