import type { Platform } from "../../registry/values/platform.ts";
import type { Engine } from "../docker/mod.ts";

/** What images for a daemon are made for, as it says itself. */
export async function askPlatform(engine: Engine, options: { signal: AbortSignal }): Promise<Platform> {
  const { os, arch } = await engine.version(options);
  return { os, architecture: arch };
}
