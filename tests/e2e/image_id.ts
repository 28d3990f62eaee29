import { type Engine, findImageStore } from "../../src/docker/mod.ts";

/** What an image of a registry may be called. */
export interface ImageDigests {
  /** Of its manifest. */
  readonly digest: string;
  /** Of its configuration. */
  readonly id: string;
}

/** Whether containerd keeps a daemon's images, and not a storage driver. */
export async function isContainerds(engine: Engine): Promise<boolean> {
  return findImageStore(await engine.info()) === "containerd";
}

/** The same with the id that a daemon gives it, which depends on what keeps its images. */
export async function withDaemonsId<Image extends ImageDigests>(engine: Engine, image: Image): Promise<Image> {
  return (await isContainerds(engine)) ? { ...image, id: image.digest } : image;
}
