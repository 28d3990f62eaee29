import { signalOf } from "../call.ts";
import { followIndexes, indexesAlone } from "../follow_indexes.ts";
import type { CallOptions, RegistryReader } from "../registry.ts";
import { RegistryError, type RegistryErrorCode } from "../registry_error.ts";
import { findArtifactFault } from "../values/artifact.ts";
import type { Digest } from "../values/digest.ts";
import type { IndexManifest } from "../values/manifest.ts";
import { choosePlatform, formatPlatform, listPlatforms, namedPlatforms, type Platform } from "../values/platform.ts";
import type { Place } from "./presence.ts";

/**
 * The image itself, or of an index the one that runs best on `host`. MANIFEST_UNKNOWN when none does, MANIFEST_INVALID for an
 * artifact, which nobody can run; errors call it by `name`, else by what is wanted.
 */
export async function pickImage(
  { registry, repository }: Place<RegistryReader>,
  wanted: string,
  host: Platform,
  options: CallOptions & { readonly name?: string } = {},
): Promise<Digest> {
  const { name = wanted } = options;
  const refuse = (found: string, code: RegistryErrorCode = "MANIFEST_UNKNOWN") =>
    new RegistryError(code, `Cannot take an image for ${formatPlatform(host)} from "${name}": ${found}`);
  const choose = ({ manifests }: IndexManifest) => {
    const best = choosePlatform(manifests, host);
    if (best) return best.digest;
    throw refuse(`it has ${listPlatforms(namedPlatforms(manifests))}`);
  };
  const read = (target: string) => registry.getManifest(repository, target, signalOf(options));
  const found = await followIndexes(await read(wanted), choose, read);
  if (found === undefined) throw refuse(indexesAlone);
  const fault = findArtifactFault(found.manifest);
  if (fault !== undefined) throw refuse(fault, "MANIFEST_INVALID");
  return found.content.descriptor.digest;
}
