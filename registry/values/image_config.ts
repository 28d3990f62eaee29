import type { Platform } from "./platform.ts";

/** What an image's configuration says it runs on; undefined for one that says nothing, or cannot be read. */
export function readConfigPlatform(config: string): Platform | undefined {
  let document: unknown;
  try {
    document = JSON.parse(config);
  } catch {
    // What it is for cannot be told, which the daemon will.
    return undefined;
  }
  const { os, architecture, variant } = (document ?? {}) as Record<string, unknown>;
  if (typeof os !== "string" || typeof architecture !== "string" || os === "" || architecture === "") return undefined;
  return { os, architecture, ...(typeof variant === "string" && variant !== "" ? { variant } : {}) };
}
