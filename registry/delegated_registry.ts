import type { Registry, RegistryLister, RegistryReader } from "./registry.ts";

/** The reading half of {@link delegatedRegistry}. */
export function delegatedReader(registry: RegistryReader & RegistryLister): RegistryReader & RegistryLister {
  return {
    getBlob: (...call) => registry.getBlob(...call),
    statBlob: (...call) => registry.statBlob(...call),
    getManifest: (...call) => registry.getManifest(...call),
    statManifest: (...call) => registry.statManifest(...call),
    listTags: (...call) => registry.listTags(...call),
    listRepositories: (...call) => registry.listRepositories(...call),
    listReferrers: (...call) => registry.listReferrers(...call),
  };
}

/** A registry that does all as another does it, for who does some of it in another way. */
export function delegatedRegistry(registry: Registry): Registry {
  return {
    ...delegatedReader(registry),
    pushBlob: (...call) => registry.pushBlob(...call),
    startUpload: (...call) => registry.startUpload(...call),
    resumeUpload: (...call) => registry.resumeUpload(...call),
    mountBlob: (...call) => registry.mountBlob(...call),
    pushManifest: (...call) => registry.pushManifest(...call),
    deleteBlob: (...call) => registry.deleteBlob(...call),
    deleteManifest: (...call) => registry.deleteManifest(...call),
    deleteTag: (...call) => registry.deleteTag(...call),
  };
}
