import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import type { Registry, RegistryReader } from "../../../registry/mod.ts";
import { ifThere } from "../../../registry/registry_error.ts";

/** A registry that gives what another one has where that has it. */
export function givenContent(given: RegistryReader, registry: Registry): Registry {
  return {
    ...delegatedRegistry(registry),
    getBlob: (...call) => orElse(given.getBlob(...call), () => registry.getBlob(...call)),
    statBlob: (...call) => orElse(given.statBlob(...call), () => registry.statBlob(...call)),
    getManifest: (...call) => orElse(given.getManifest(...call), () => registry.getManifest(...call)),
    statManifest: (...call) => orElse(given.statManifest(...call), () => registry.statManifest(...call)),
  };
}

/** What is asked of the one, or, where it is not there, of the other. */
async function orElse<T>(asked: Promise<T>, otherwise: () => Promise<T>): Promise<T> {
  return (await ifThere(asked)) ?? (await otherwise());
}
