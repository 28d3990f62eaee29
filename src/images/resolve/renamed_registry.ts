import type { RegistryLister, RegistryReader } from "../../../registry/mod.ts";

/** A registry that is asked, as somebody else calls its repositories. */
export function renamedRegistry(
  registry: RegistryReader & RegistryLister,
  rename: (repository: string) => string,
): RegistryReader & RegistryLister {
  return {
    getBlob: (name, ...rest) => registry.getBlob(rename(name), ...rest),
    statBlob: (name, ...rest) => registry.statBlob(rename(name), ...rest),
    getManifest: (name, ...rest) => registry.getManifest(rename(name), ...rest),
    statManifest: (name, ...rest) => registry.statManifest(rename(name), ...rest),
    listTags: (name, options) => registry.listTags(rename(name), options),
    listReferrers: (name, ...rest) => registry.listReferrers(rename(name), ...rest),
    // Of whole registries nobody knows what lies where.
    listRepositories: (options) => registry.listRepositories(options),
  };
}
