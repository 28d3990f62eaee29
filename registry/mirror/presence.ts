import { signalOf } from "../call.ts";
import type { CallOptions, RegistryReader } from "../registry.ts";
import { isThere } from "../registry_error.ts";
import type { Digest } from "../values/digest.ts";

/** One side of a copy. */
export interface Place<R> {
  readonly registry: R;
  readonly repository: string;
}

/** Whether a blob is there. */
export async function hasBlob(
  { registry, repository }: Place<RegistryReader>,
  digest: Digest,
  options: CallOptions,
): Promise<boolean> {
  return await isThere(registry.statBlob(repository, digest, signalOf(options)));
}

/** Whether a manifest is there. */
export async function hasManifest(
  { registry, repository }: Place<RegistryReader>,
  digest: Digest,
  options: CallOptions,
): Promise<boolean> {
  return await isThere(registry.statManifest(repository, digest, signalOf(options)));
}
