import type { Registry, RegistryLister, RegistryReader } from "./registry.ts";
import { unsupportedRegistry } from "./unsupported_registry.ts";

/** A registry for reading that is opened by whoever first asks something of it; what opening throws, that call does. */
export function lateRegistry(open: () => Promise<RegistryReader & RegistryLister>): Registry {
  async function* list<T>(items: (registry: RegistryLister) => AsyncIterable<T>): AsyncGenerator<T> {
    yield* items(await open());
  }
  return unsupportedRegistry({
    getBlob: async (...call) => await (await open()).getBlob(...call),
    statBlob: async (...call) => await (await open()).statBlob(...call),
    getManifest: async (...call) => await (await open()).getManifest(...call),
    statManifest: async (...call) => await (await open()).statManifest(...call),
    listTags: (...call) => list((registry) => registry.listTags(...call)),
    listRepositories: (...call) => list((registry) => registry.listRepositories(...call)),
    listReferrers: (...call) => list((registry) => registry.listReferrers(...call)),
  });
}
