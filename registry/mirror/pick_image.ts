import { signalOf } from "../call.ts";
import type { CallOptions, RegistryReader } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import type { Digest } from "../values/digest.ts";
import { parseManifest } from "../values/manifest.ts";
import { choosePlatform, formatPlatform, type Platform } from "../values/platform.ts";
import type { Place } from "./presence.ts";

/** Indexes may hold indexes; nobody builds them deeper. */
const deepest = 4;

/** The image itself, or of an index the one that runs best on `host`. MANIFEST_UNKNOWN when none does. */
export async function pickImage(
  { registry, repository }: Place<RegistryReader>,
  wanted: string,
  host: Platform,
  options: CallOptions = {},
): Promise<Digest> {
  let target = wanted;
  for (let depth = 0; depth < deepest; depth++) {
    const { bytes, descriptor } = await registry.getManifest(repository, target, signalOf(options));
    const manifest = parseManifest(bytes, descriptor.mediaType);
    if (manifest.kind === "image") return descriptor.digest;
    const best = choosePlatform(manifest.manifests, host);
    if (best === undefined) {
      const found = manifest.manifests.flatMap(({ platform }) =>
        platform && platform.os !== "unknown" ? [formatPlatform(platform)] : [],
      );
      throw new RegistryError(
        "MANIFEST_UNKNOWN",
        `Cannot take an image for ${formatPlatform(host)} from "${wanted}": it has ${[...new Set(found)].join(", ") || "none"}`,
      );
    }
    target = best.digest;
  }
  throw new RegistryError("MANIFEST_INVALID", `Cannot take an image from "${wanted}": its indexes never end`);
}
