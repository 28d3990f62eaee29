import { Buffer } from "node:buffer";
import type { Registry } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import { isRecord } from "../values/descriptor.ts";
import { type Digest, isDigest } from "../values/digest.ts";
import type { ImageManifest } from "../values/manifest.ts";

/** A config is read whole; engines make none that is near that large. */
const largestConfigBytes = 8 * 1024 * 1024;

/**
 * What each layer of an image unpacks to, as its config says (image-spec config.md, `rootfs.diff_ids`). MANIFEST_UNKNOWN when
 * it does not say so; errors as of `Registry.getBlob`.
 */
export async function readUnpackedDigests(
  source: Pick<Registry, "getBlob">,
  repository: string,
  { config, layers }: Pick<ImageManifest, "config" | "layers">,
  options: { signal: AbortSignal },
): Promise<readonly Digest[]> {
  const refuse = (found: string) =>
    new RegistryError("MANIFEST_UNKNOWN", `Cannot read config "${config.digest}" of an image: ${found}`);
  await using content = await source.getBlob(repository, config.digest, options);
  const { size } = content.descriptor;
  if (size > largestConfigBytes) throw refuse(`found ${size} bytes, expected at most ${largestConfigBytes}`);
  const digests = toDiffIds(Buffer.concat(await Array.fromAsync(content.body)).toString());
  if (digests === undefined) throw refuse("found no list of digests in rootfs.diff_ids");
  if (digests.length === layers.length) return digests;
  throw refuse(`found ${digests.length} layers in rootfs.diff_ids, expected the manifest's ${layers.length}`);
}

function toDiffIds(text: string): Digest[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // What is no JSON says no digests either.
    return undefined;
  }
  const rootfs = isRecord(document) ? document.rootfs : undefined;
  const digests = isRecord(rootfs) ? rootfs.diff_ids : undefined;
  const isList = Array.isArray(digests) && digests.every((one) => typeof one === "string" && isDigest(one));
  return isList ? (digests as Digest[]) : undefined;
}
