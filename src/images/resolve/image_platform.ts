import { text } from "node:stream/consumers";
import { type ImageManifest, type Platform, RegistryError, readConfigPlatform } from "../../../registry/mod.ts";
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
  return readConfigPlatform(value);
}
