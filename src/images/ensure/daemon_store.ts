import type { Platform } from "../../../registry/mod.ts";
import { type Engine, findImageStore, type ImageStore } from "../../docker/mod.ts";

/** How a daemon keeps images. */
export interface DaemonStore {
  /** Names the daemon. */
  readonly daemon: string;
  /**
   * What the id of an image is: the digest of its configuration in the `graph` of a storage driver, the digest that was
   * pulled in the store of containerd.
   */
  readonly kind: ImageStore;
  readonly driver: string;
  /** The daemon's folder, on its own host. */
  readonly folder: string;
  /** What its images are made for. */
  readonly platform: Platform;
}

/** Asks a daemon how it keeps images (images contract D.4). */
export async function findDaemonStore(engine: Engine, options: { signal: AbortSignal }): Promise<DaemonStore> {
  const [info, version] = await Promise.all([engine.info(options), engine.version(options)]);
  return {
    daemon: info.ID,
    kind: findImageStore(info),
    driver: info.Driver,
    folder: info.DockerRootDir,
    platform: { os: version.os, architecture: version.arch },
  };
}
