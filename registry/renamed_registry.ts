import type { Registry } from "./registry.ts";

/** A registry by other names: `toName` gives the repository that a name stands for. Lists of repositories stay as they are. */
export function renamedRegistry(whole: Registry, toName: (repository: string) => string): Registry {
  return {
    getBlob: (name, ...rest) => whole.getBlob(toName(name), ...rest),
    statBlob: (name, ...rest) => whole.statBlob(toName(name), ...rest),
    getManifest: (name, ...rest) => whole.getManifest(toName(name), ...rest),
    statManifest: (name, ...rest) => whole.statManifest(toName(name), ...rest),
    pushBlob: (name, ...rest) => whole.pushBlob(toName(name), ...rest),
    startUpload: (name, ...rest) => whole.startUpload(toName(name), ...rest),
    resumeUpload: (name, ...rest) => whole.resumeUpload(toName(name), ...rest),
    mountBlob: (name, digest, { from, ...options } = {}) =>
      whole.mountBlob(toName(name), digest, { ...options, ...(from === undefined ? {} : { from: toName(from) }) }),
    pushManifest: (name, ...rest) => whole.pushManifest(toName(name), ...rest),
    deleteBlob: (name, ...rest) => whole.deleteBlob(toName(name), ...rest),
    deleteManifest: (name, ...rest) => whole.deleteManifest(toName(name), ...rest),
    deleteTag: (name, ...rest) => whole.deleteTag(toName(name), ...rest),
    listTags: (name, options) => whole.listTags(toName(name), options),
    listReferrers: (name, ...rest) => whole.listReferrers(toName(name), ...rest),
    listRepositories: (options) => whole.listRepositories(options),
  };
}
