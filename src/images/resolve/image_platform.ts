import { text } from "node:stream/consumers";
import { type ImageManifest, type Platform, RegistryError } from "../../../registry/mod.ts";
import type { SourceQuestions } from "./source_questions.ts";

/** Configurations with more are none that a daemon would read. */
const longestConfig = 4 * 1024 * 1024;

/** What an image's configuration says it runs on; undefined for one that says nothing. */
export async function readImagePlatform(
  repository: string,
  manifest: ImageManifest,
  questions: SourceQuestions,
): Promise<Platform | undefined> {
  const { config } = manifest;
  if (config.size > longestConfig) return undefined;
  const { value } = await questions.ask(`configuration "${config.digest}"`, "blobs", async (registry, signal) => {
    await using blob = await registry.getBlob(repository, config.digest, { signal });
    const { size } = blob.descriptor;
    if (size !== config.size) {
      throw new RegistryError(
        "CORRUPT",
        `Cannot use "${config.digest}": it has ${size} bytes, expected ${config.size}`,
      );
    }
    return await text(blob.body);
  });
  return toPlatform(value);
}

function toPlatform(text: string): Platform | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // What it is for cannot be told, which the daemon will.
    return undefined;
  }
  const { os, architecture, variant } = (document ?? {}) as Record<string, unknown>;
  if (typeof os !== "string" || typeof architecture !== "string" || os === "" || architecture === "") return undefined;
  return { os, architecture, ...(typeof variant === "string" && variant !== "" ? { variant } : {}) };
}
