import { signalOf } from "../call.ts";
import { followIndexes } from "../follow_indexes.ts";
import type { CallOptions, RegistryReader } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import type { Digest } from "../values/digest.ts";
import type { IndexManifest } from "../values/manifest.ts";
import { choosePlatform, formatPlatform, listPlatforms, namedPlatforms, type Platform } from "../values/platform.ts";
import type { Place } from "./presence.ts";

/** The image itself, or of an index the one that runs best on `host`. MANIFEST_UNKNOWN when none does. */
export async function pickImage(
  { registry, repository }: Place<RegistryReader>,
  wanted: string,
  host: Platform,
  options: CallOptions = {},
): Promise<Digest> {
  const refuse = (found: string) =>
    new RegistryError(
      "MANIFEST_UNKNOWN",
      `Cannot take an image for ${formatPlatform(host)} from "${wanted}": ${found}`,
    );
  const choose = ({ manifests }: IndexManifest) => {
    const best = choosePlatform(manifests, host);
    if (best) return best.digest;
    throw refuse(`it has ${listPlatforms(namedPlatforms(manifests))}`);
  };
  const read = (target: string) => registry.getManifest(repository, target, signalOf(options));
  const found = await followIndexes(await read(wanted), choose, read);
  if (found) return found.content.descriptor.digest;
  throw refuse("it leads to other indexes only");
}
