import { signalOf } from "../call.ts";
import type { CallOptions, RegistryReader } from "../registry.ts";
import { ifThere, isRegistryError } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";

/** One side of a copy. */
export interface Place<R> {
  readonly registry: R;
  readonly repository: string;
}

/**
 * What a look at a target finds; undefined when it is not there, and when the target stumbles over it with 500: a disk that was full may
 * have left half a record of it, which is mended by sending it again.
 */
export async function findAt(look: Promise<Descriptor>): Promise<Descriptor | undefined> {
  try {
    return await ifThere(look);
  } catch (error) {
    if (isRegistryError(error) && error.status === 500) return undefined;
    throw error;
  }
}

/** Whether a target has a blob. */
export async function hasBlob(
  { registry, repository }: Place<RegistryReader>,
  digest: Digest,
  options: CallOptions,
): Promise<boolean> {
  return (await findAt(registry.statBlob(repository, digest, signalOf(options)))) !== undefined;
}

/** Whether a target has a manifest. */
export async function hasManifest(
  { registry, repository }: Place<RegistryReader>,
  digest: Digest,
  options: CallOptions,
): Promise<boolean> {
  return (await findAt(registry.statManifest(repository, digest, signalOf(options)))) !== undefined;
}
